#!/usr/bin/env node
// Checks an experiment against a cluster, says what will run where and how long it should take, and queues the jobs.
// Usage: node slurm/submit.mjs CLUSTER.yaml EXPERIMENT.yaml [--dry-run] [--extra-judges N]
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';

const HOME = new URL('..', import.meta.url).pathname.replace(/\/$/, '');
const { values: flags, positionals } = parseArgs({ allowPositionals: true, options: { 'dry-run': { type: 'boolean' }, 'extra-judges': { type: 'string', default: '0' } } });
if (positionals.length !== 2) refuse('Which cluster and which experiment? node slurm/submit.mjs slurm/cluster-h100.yaml experiment.yaml');
const cluster = parse(expand(readFileSync(positionals[0], 'utf8')));
const experimentFile = resolve(positionals[1]);
const experiment = parse(readFileSync(experimentFile, 'utf8')) ?? {};

const problems = [];
const partitions = readPartitions();
const jobs = layOut();
for (const job of jobs) check(job);
checkModels();
const plan = forecast();
if (problems.length > 0) refuse(problems.map((problem) => `- ${problem}`).join('\n'));

const runDir = resolve(cluster.runDir);
console.log(`Run folder: ${runDir}${existsSync(join(runDir, 'run/manifest.json')) ? ' (goes on with the run there)' : ''}\n`);
console.log(table(['job', 'partition', 'tasks', 'GPUs each', 'cores each', 'memory', 'time limit'], jobs.map((job) => [job.name, job.partition, String(job.tasks), String(job.gpus), String(job.cpus), job.memory, job.time])));
console.log(`\n${plan}`);
if (flags['dry-run']) process.exit(0);

mkdirSync(join(runDir, 'logs'), { recursive: true });
writeFileSync(join(runDir, 'cluster.json'), JSON.stringify(cluster, null, 2));
const servers = jobs.filter((job) => job.kind === 'model').map((job) => [job.name, queue(job)]);
// "after" means begun, not ready: the experiment itself waits for the addresses in the registry.
const main = queue(jobs.find((job) => job.kind === 'experiment'), servers.map(([, id]) => id));
const more = jobs.filter((job) => job.kind === 'judges').map((job) => [job.name, queue(job, [main])]);
console.log(`\nQueued: ${[...servers, ['experiment', main], ...more].map(([name, id]) => `${name} ${id}`).join(', ')}`);
console.log(`Watch: squeue -u $USER; tail -f ${join(runDir, 'logs')}/*.log     Results: ${join(runDir, 'run/report/index.html')}`);

/** What will be queued. */
function layOut() {
  const { experiment: main = {}, models = [] } = cluster;
  const extra = Number(flags['extra-judges']);
  return [
    ...models.map((model) => ({ kind: 'model', file: 'serve-model.sbatch', name: model.name, partition: model.partition ?? cluster.partition, tasks: model.replicas ?? 1, gpus: model.gpus ?? 1, cpus: model.cpus ?? 8, memory: model.memory ?? '0', time: model.time ?? '24:00:00', env: { MODEL_NAME: model.name, MODEL_COMMAND: model.command } })),
    {
      kind: 'experiment',
      file: 'experiment.sbatch',
      name: 'experiment',
      partition: main.partition ?? cluster.partition,
      tasks: 1,
      gpus: 0,
      cpus: main.cpus ?? 16,
      memory: main.memory ?? '32G',
      time: main.time ?? '24:00:00',
      env: { EXPERIMENT: experimentFile, JUDGES: String(main.judges ?? 2), RUNNERS: String(main.runners ?? 1), METHODS: methodNames().join(' '), SIMULATED: usesModel('sim') ? '1' : '0', ...main.env },
    },
    ...(extra > 0 ? [{ kind: 'judges', file: 'judges.sbatch', name: 'judges', partition: main.partition ?? cluster.partition, tasks: extra, gpus: 0, cpus: 2, memory: '4G', time: main.time ?? '24:00:00', env: {} }] : []),
  ];
}

/** Whether a partition can take a job at all: SLURM would leave one that it cannot in the queue for ever. */
function check({ name, partition, gpus, cpus, time }) {
  const found = partitions.get(partition);
  if (!found) return problems.push(`${name} asks for the partition ${partition}; this cluster has ${[...partitions.keys()].join(', ')}.`);
  if (gpus > found.gpus) problems.push(`${name} asks for ${gpus} GPUs on one node; the nodes of ${partition} have ${found.gpus}.`);
  if (cpus > found.cpus) problems.push(`${name} asks for ${cpus} cores; the nodes of ${partition} have ${found.cpus}.`);
  if (seconds(time) > found.seconds) problems.push(`${name} asks for ${time}; ${partition} allows ${found.limit}.`);
}

function checkModels() {
  const served = new Set((cluster.models ?? []).map((model) => model.name));
  for (const url of modelUrls()) {
    const name = /^registry:(.+)$/.exec(url)?.[1];
    if (name !== undefined && !served.has(name)) problems.push(`The experiment uses the model ${url}, but ${positionals[0]} serves ${[...served].join(', ') || 'none'}.`);
    if (name === undefined && url !== 'sim' && !/^https?:\/\//.test(url)) problems.push(`A model's url should be sim, registry:NAME or an http address, found ${url}.`);
  }
  for (const { name, command } of cluster.models ?? []) if (!/\{port\}/.test(command ?? '')) problems.push(`The command of the model ${name} should say where {port} goes.`);
}

/** What the experiment takes, by `attune plan`; registry addresses stand for the servers that the cluster file describes. */
function forecast() {
  const text = readFileSync(experimentFile, 'utf8').replace(/registry:([A-Za-z0-9._-]+)/g, 'http://$1:8000/v1');
  const described = Object.fromEntries((cluster.models ?? []).filter((model) => model.profile).map((model) => [`http://${model.name}:8000/v1`, { profile: model.profile, replicas: model.replicas ?? 1 }]));
  const file = join(process.env.TMPDIR ?? '/tmp', `attune-submit-${process.pid}.yaml`);
  writeFileSync(file, JSON.stringify({ ...parse(text), ...(Object.keys(described).length > 0 && { servers: described }) }));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(HOME, 'services/cli/attune.mjs'), 'plan', file], { encoding: 'utf8' });
  if (status === 0) return stdout.trim();
  problems.push(stderr.replaceAll(file, experimentFile).trim());
  return '';
}

function queue({ file, name, partition, tasks, gpus, cpus, memory, time, env, kind }, after = []) {
  const exported = { ATTUNE_HOME: HOME, RUN_DIR: resolve(cluster.runDir), ...cluster.env, ...env };
  const args = [
    '--parsable',
    `--chdir=${resolve(cluster.runDir)}`,
    `--job-name=attune-${name}`,
    `--partition=${partition}`,
    `--cpus-per-task=${cpus}`,
    `--mem=${memory}`,
    `--time=${time}`,
    ...(gpus > 0 ? [`--gres=gpu:${gpus}`] : []),
    ...(kind === 'experiment' ? [] : [`--array=0-${tasks - 1}`]),
    ...(after.length > 0 ? [`--dependency=after:${after.join(':')}`] : []),
    '--export=ALL',
    join(HOME, 'slurm', file),
  ];
  return execFileSync('sbatch', args, { encoding: 'utf8', env: { ...process.env, ...exported } }).trim().split(';')[0];
}

/** Partitions of this cluster with what one of their nodes has. */
function readPartitions() {
  let text;
  try {
    text = execFileSync('sinfo', ['-h', '-o', '%R|%c|%G|%l'], { encoding: 'utf8' });
  } catch (error) {
    refuse(`sinfo should list the partitions of this cluster and did not (${error.code ?? error.message}); run this on a login node.`);
  }
  const found = new Map();
  for (const line of text.trim().split('\n')) {
    const [name, cpus, gres, limit] = line.split('|');
    const gpus = Math.max(0, ...[...gres.matchAll(/gpu:(?:[^:,()]+:)?(\d+)/g)].map((match) => Number(match[1])));
    const before = found.get(name) ?? { cpus: 0, gpus: 0 };
    found.set(name, { cpus: Math.max(before.cpus, Number.parseInt(cpus, 10)), gpus: Math.max(before.gpus, gpus), limit, seconds: limit === 'infinite' ? Infinity : seconds(limit) });
  }
  return found;
}

function methodNames() {
  return (experiment.methods ?? ['vanilla', 'contextual', 'reflection', 'rag']).filter((method) => typeof method === 'string');
}

function modelUrls() {
  const { models = {}, judge = {} } = experiment;
  return [models.url ?? 'sim', ...Object.values(models.roles ?? {}).map((place) => place.url), ...(judge.panel ?? []).map((place) => place.url)].flat();
}

function usesModel(url) {
  const { roles = {} } = experiment.models ?? {};
  // Embedding and reranking are simulated unless the experiment gives them a place.
  return modelUrls().includes(url) || roles.embedding === undefined || roles.reranker === undefined;
}

/** days-hours:minutes:seconds, hours:minutes:seconds or minutes:seconds. */
function seconds(text) {
  const [days, rest] = text.includes('-') ? text.split('-') : ['0', text];
  return rest.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400;
}

function expand(text) {
  return text.replace(/\$\{?([A-Z_][A-Z0-9_]*)\}?/g, (whole, name) => process.env[name] ?? refuse(`${positionals[0]} uses ${whole}, which is not set; export it first.`));
}

function table(header, rows) {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column].length)));
  return [header, ...rows].map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n');
}

function refuse(text) {
  console.error(text);
  process.exit(2);
}
