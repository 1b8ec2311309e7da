import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port.ts';
import { until } from '../../support/until.ts';

/** Whether SLURM's daemons are on this machine. */
export function haveSlurm(): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v slurmctld && command -v slurmd && command -v sbatch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * A SLURM of one node on this machine, on free ports, without authentication and without root services; it ends with the scope. The node claims
 * four GPUs that are no GPUs, so that requests for them are scheduled.
 */
export async function startSlurm(): Promise<Slurm> {
  const folder = mkdtempSync(join(tmpdir(), 'attune-slurm-'));
  for (const name of ['state', 'spool', 'log']) mkdirSync(join(folder, name));
  const host = hostname().split('.')[0]!;
  const [control, node] = [await freePort(), await freePort()];
  const conf = join(folder, 'slurm.conf');
  writeFileSync(conf, CONF.replaceAll('{folder}', folder).replaceAll('{host}', host).replaceAll('{control}', String(control)).replaceAll('{node}', String(node)).replaceAll('{user}', userInfo().username));
  writeFileSync(join(folder, 'gres.conf'), `NodeName=${host} Name=gpu File=/dev/tty[0-3]\n`);
  const env = { ...process.env, SLURM_CONF: conf };
  const daemons: ChildProcess[] = [];
  const start = (command: string, ...args: string[]) => daemons.push(spawn(command, ['-D', '-f', conf, ...args], { env, stdio: 'ignore' }));
  start('slurmctld');
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  const stateOf = (job: string) => /JobState=(\w+)/.exec(run('scontrol', 'show', 'job', job))?.[1] ?? 'GONE';
  await until(() => attempt(() => run('scontrol', 'ping').includes('is UP')), 'slurmctld answers', 30_000, 200);
  start('slurmd', '-N', host);
  await until(() => attempt(() => run('sinfo', '-h', '-o', '%T').startsWith('idle')), 'the node is idle', 60_000, 200);
  return {
    env,
    run,
    stateOf,
    async ended(job, ms) {
      await until(() => ['COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT', 'NODE_FAIL'].includes(stateOf(job)), `the job ${job} ended`, ms, 200);
      return stateOf(job);
    },
    async [Symbol.asyncDispose]() {
      attempt(() => run('scancel', '--user', userInfo().username));
      await sleep(1000);
      for (const daemon of daemons.reverse()) daemon.kill('SIGTERM');
      await Promise.all(daemons.filter((daemon) => daemon.exitCode === null).map((daemon) => Promise.race([new Promise((resolve) => daemon.once('exit', resolve)), sleep(10_000)])));
      for (const daemon of daemons) daemon.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function attempt(action: () => unknown): boolean {
  try {
    return action() !== false;
  } catch {
    return false;
  }
}

const CONF = `
ClusterName=attune
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={control}
AuthType=auth/none
CredType=cred/none
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,bf_interval=1
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobRequeue=1
KillWait=20
GresTypes=gpu
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 Port={node} CPUs=4 RealMemory=4000 Gres=gpu:4 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=1:00:00 State=UP
`;

export interface Slurm extends AsyncDisposable {
  /** The environment of its commands. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs one of its commands; throws with what it printed. */
  run(command: string, ...args: string[]): string;
  stateOf(job: string): string;
  /** Waits until the job is over and gives how it ended. */
  ended(job: string, ms: number): Promise<string>;
}
