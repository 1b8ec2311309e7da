import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { attune, ROOT, sortedLines, temporaryFolder } from '../support/attune.ts';
import { until } from '../support/until.ts';
import { haveSlurm, startSlurm, type Slurm } from './support/slurm.ts';

const present = haveSlurm();
if (!present) process.stderr.write('SLURM is not on this machine: the sbatch files are NOT tried (Debian: apt-get install slurm-wlm nats-server).\n');

const EXPERIMENT = 'name: quick\nseed: 7\nmethods: [vanilla, rag]\nprofiles: { limit: 2 }\nsessions: 4\n';

describe.skipIf(!present)('on a real SLURM of one node', () => {
  test('an experiment runs as separate processes through NATS, is preempted in its middle, and ends with the records of a run in one process', async () => {
    await using folder = await temporaryFolder();
    await using slurm = await startSlurm();
    const experiment = join(folder.path, 'experiment.yaml');
    await writeFile(experiment, EXPERIMENT);
    const undisturbed = join(folder.path, 'undisturbed');
    expect((await attune(['run', experiment, '--out', undisturbed])).code).toBe(0);

    const runDir = join(folder.path, 'cluster');
    const { text, jobs } = submit(slurm, ['slurm/cluster-trial.yaml', experiment], runDir);
    expect(text).toContain('2 methods x 2 users x 4 sessions = 16 sessions');
    const job = jobs.get('experiment')!;
    const records = join(runDir, 'run/sessions.ndjson');
    await until(() => existsSync(records) && lines(records) >= 3, `some sessions are recorded; ${logsOf(runDir)}`, 120_000);
    slurm.run('scontrol', 'requeue', job);
    await until(() => slurm.run('scontrol', 'show', 'job', job).includes('Restarts=1'), 'the job is requeued', 60_000, 200);
    // A requeued job waits two minutes unless it is told otherwise.
    slurm.run('scontrol', 'update', `JobId=${job}`, 'StartTime=now');
    expect(await slurm.ended(job, 240_000), logsOf(runDir)).toBe('COMPLETED');

    for (const file of ['sessions.ndjson', 'verdicts.ndjson'] as const) expect(sortedLines(join(runDir, 'run'), file)).toEqual(sortedLines(undisturbed, file));
    expect(existsSync(join(runDir, 'run/report/index.html'))).toBe(true);
    const parts = readdirSync(join(runDir, 'logs')).filter((name) => name.endsWith('.log'));
    for (const part of ['nats', 'simulator', 'preference-store', 'agent-vanilla', 'agent-rag', 'runner-1', 'judge-1', 'judge-2', 'coordinator']) expect(parts).toContain(`${part}.log`);
    expect(readFileSync(join(runDir, 'logs/coordinator.log'), 'utf8')).not.toContain(readFileSync(join(runDir, 'token'), 'utf8'));
  }, 480_000);

  test('a model server registers when it is ready, and is drained and queued again near its time limit', async () => {
    await using folder = await temporaryFolder();
    await using slurm = await startSlurm();
    const runDir = join(folder.path, 'cluster');
    await mkdir(join(runDir, 'logs'), { recursive: true });
    const command = `env ATTUNE_PORT={port} node ${ROOT}/services/cli/attune.mjs serve model-sim`;
    const env = { ...slurm.env, ATTUNE_HOME: ROOT.replace(/\/$/, ''), RUN_DIR: runDir, MODEL_NAME: 'stand-in', MODEL_COMMAND: command, HEARTBEAT: '1', SETTLE: '1' };
    const args = ['--parsable', `--chdir=${runDir}`, '--gres=gpu:2', '--cpus-per-task=1', '--mem=500M', '--time=10', '--array=0-0', '--export=ALL', join(ROOT, 'slurm/serve-model.sbatch')];
    const { stdout, stderr } = spawnSync('sbatch', args, { env, encoding: 'utf8' });
    const job = `${stdout.trim()}_0`;
    expect(stderr).toBe('');
    const entry = join(runDir, 'registry/model-stand-in-0.json');
    const state = () => (existsSync(entry) ? (JSON.parse(readFileSync(entry, 'utf8')) as Entry).state : 'none');
    await until(() => state() === 'ready', `the server is ready; ${logsOf(runDir)}`, 90_000);
    const { host, port } = JSON.parse(readFileSync(entry, 'utf8')) as Entry;
    const models = (await (await fetch(`http://${host}:${port}/v1/models`)).json()) as { data: { id: string }[] };
    expect(models.data.map((model) => model.id)).toContain('sim-large');
    slurm.run('scancel', '--signal=USR1', '--batch', job);
    await until(() => state() === 'none', 'the address is taken back', 60_000);
    await until(() => slurm.run('scontrol', 'show', 'job', job).includes('Restarts=1'), 'the job is queued again', 60_000, 200);
  }, 240_000);

  test('submit refuses what the cluster cannot do, before anything is queued', async () => {
    await using folder = await temporaryFolder();
    await using slurm = await startSlurm();
    const experiment = join(folder.path, 'experiment.yaml');
    await writeFile(experiment, `${EXPERIMENT}models: { url: "registry:missing", model: missing }\n`);
    const cluster = join(folder.path, 'cluster.yaml');
    await writeFile(cluster, `partition: main\nrunDir: ${folder.path}/run\nmodels:\n  - { name: big, gpus: 8, cpus: 64, time: "48:00:00", command: "vllm serve" }\nexperiment: { partition: gone, cpus: 1 }\n`);
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'slurm/submit.mjs'), cluster, experiment], { env: slurm.env, encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('big asks for 8 GPUs on one node; the nodes of main have 4.');
    expect(stderr).toContain('big asks for 64 cores; the nodes of main have 4.');
    expect(stderr).toContain('big asks for 48:00:00; main allows 1:00:00.');
    expect(stderr).toContain('experiment asks for the partition gone; this cluster has main.');
    expect(stderr).toContain('The experiment uses the model registry:missing');
    expect(stderr).toContain('should say where {port} goes');
    expect(slurm.run('squeue', '-h')).toBe('');
    expect(existsSync(join(folder.path, 'run'))).toBe(false);
  }, 120_000);
});

function submit(slurm: Slurm, args: string[], runDir: string): { text: string; jobs: Map<string, string> } {
  const env = { ...slurm.env, ATTUNE_PARTITION: 'main', ATTUNE_RUN_DIR: runDir, HEARTBEAT: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'slurm/submit.mjs'), ...args], { env, encoding: 'utf8', cwd: ROOT });
  expect(`${status} ${stderr}`, stdout).toMatch(/^0 /);
  const queued = /Queued: (.*)/.exec(stdout)![1]!;
  return { text: stdout, jobs: new Map(queued.split(', ').map((pair) => pair.split(' ') as [string, string])) };
}

function lines(file: string): number {
  return readFileSync(file, 'utf8').split('\n').length - 1;
}

/** The ends of all logs, for the message of a failure. */
function logsOf(runDir: string): string {
  const folder = join(runDir, 'logs');
  if (!existsSync(folder)) return 'there are no logs';
  return readdirSync(folder).map((name) => `== ${name}\n${readFileSync(join(folder, name), 'utf8').slice(-600)}`).join('\n');
}

interface Entry {
  state: string;
  host: string;
  port: number;
}
