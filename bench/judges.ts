/**
 * How judging scales with replicas. Run: npm run bench -- judges [--replicas 1,2,4,8] [--sessions n a replica] [--concurrency n]
 *
 * A mock model server answers every call 400 ms after it came in. N processes `attune serve judge`, each with so many sessions in work at once, judge copies of one
 * recorded session from a NATS server; measured from the first session put into the queue to the last verdict on the bus. Linear is N times the throughput of one replica. CPU is
 * the busy share of the whole machine meanwhile, and the seconds that judges, mock, NATS server and this process used. What the cores carry follows from these seconds:
 * the sessions a second at which they alone would keep all cores busy, whatever else the machine does; where linear comes near it, the machine is the limit.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runExperiment } from '../services/all-in-one/service.ts';
import { writeSpec } from '../services/all-in-one/bus/run-spec.ts';
import { encodeJudgingJob, parseExperiment, stagesOf } from '../services/orchestrator/service.ts';
import type { SessionRecord } from '../services/gen/attune/record/v1/record.ts';
import { createLogger } from '../services/platform/log.ts';
import { createRunBus, openRunRegistry, openWorkQueue } from '../services/platform/nats.ts';
import type { Nats } from '../services/platform/nats.ts';
import { inputsText, openRunFolder, readSessions } from '../services/report/service.ts';
import { startNatsServer } from '../test/support/nats-server.ts';
import { startMock } from './turn/mock.ts';
import { MODEL } from './turn/plan.ts';

const GOAL = 0.9;
const SECONDS_A_CALL = 0.4;

/** Copies differ by their session number, so that no verdict is a second copy. */
let nextSession = 0;
const started: ChildProcess[] = [];

const { values: flags } = parseArgs({ options: { replicas: { type: 'string', default: '1,2,4,8' }, sessions: { type: 'string', default: '60' }, concurrency: { type: 'string', default: '4' } } });
await measure(flags.replicas.split(',').map(Number), Number(flags.sessions), Number(flags.concurrency));

async function measure(counts: readonly number[], sessionsEach: number, concurrency: number): Promise<void> {
  const mock = await startMock(SECONDS_A_CALL);
  const folder = mkdtempSync(join(tmpdir(), 'attune-judges-'));
  await using server = await startNatsServer();
  const nats = await server.connect();
  try {
    const { record, dir } = await playOne(folder, `${mock.origin}/v1`);
    const { manifest, inputs } = await openRunFolder(dir);
    const runId = manifest.runId;
    const registry = openRunRegistry(nats);
    const spec = { schemaVersion: 2 as const, manifest, leaseMs: 30_000, oracles: [], services: { simulator: 'none:1', agents: {}, judge: null }, simUrl: null, deadlineMs: 60_000, hosted: false, limited: false, judging: true };
    await writeSpec(nats, spec, inputsText(inputs));
    await registry.setStatus({ schemaVersion: 1, runId, name: 'judges', state: 'running', reason: '', createdAt: manifest.createdAt, updatedAt: manifest.createdAt, sessionsPlanned: 1, sessionsRecorded: 0, verdictsRecorded: 0, coordinator: { host: 'bench', pid: process.pid, dir } });
    const stages = stagesOf(record).length;
    const print = (line: string) => process.stdout.write(`${line}\n`);
    print(`${availableParallelism()} cores; ${SECONDS_A_CALL * 1_000} ms a call, ${stages} stages a session, ${concurrency} sessions in work a replica`);
    print('replicas  sessions/s  of linear  machine busy  CPU s: judges  mock  nats  this  cores carry');
    let one: number | undefined;
    for (const replicas of counts) {
      const judges = await Promise.all(Array.from({ length: replicas }, () => startJudge(server.url, concurrency)));
      // One round each before anything counts: what is compiled then stays compiled.
      await judgeAll(nats, runId, record, replicas * concurrency * 3);
      const pids = { judges: judges.map((judge) => judge.pid!), mock: [mock.pid], nats: [server.pid()], this: [process.pid] };
      const before = { busy: busyTimes(), cpu: usedBy(pids) };
      await mock.take();
      const rate = await judgeAll(nats, runId, record, replicas * sessionsEach);
      const { calls } = await mock.take();
      if (calls !== replicas * sessionsEach * stages) throw new Error(`Expected ${replicas * sessionsEach * stages} calls, found ${calls}; the mock's answers do not fit what the judge asks for.`);
      const after = { busy: busyTimes(), cpu: usedBy(pids) };
      one ??= rate / replicas;
      const share = (after.busy.busy - before.busy.busy) / (after.busy.all - before.busy.all);
      const cpu = (name: keyof typeof pids) => (after.cpu[name] - before.cpu[name]).toFixed(1);
      const linear = rate / (one * replicas);
      const cpuSeconds = Object.keys(pids).reduce((sum, name) => sum + after.cpu[name as keyof typeof pids] - before.cpu[name as keyof typeof pids], 0);
      const carried = (availableParallelism() * replicas * sessionsEach) / cpuSeconds;
      print(`${String(replicas).padStart(8)}  ${rate.toFixed(1).padStart(10)}  ${linear.toFixed(2).padStart(9)}  ${`${(100 * share).toFixed(0)} %`.padStart(12)}  ${cpu('judges').padStart(13)}  ${cpu('mock').padStart(4)}  ${cpu('nats').padStart(4)}  ${cpu('this').padStart(4)}  ${`${carried.toFixed(0)}/s`.padStart(11)}${linear >= GOAL ? '' : `   below ${GOAL}`}`);
      for (const judge of judges) judge.kill('SIGTERM');
      await Promise.all(judges.map((judge) => new Promise((resolve) => judge.once('exit', resolve))));
    }
  } finally {
    for (const judge of started) judge.kill('SIGKILL'); // of no effect on those that have ended
    await nats.close();
    mock.close();
    rmSync(folder, { recursive: true });
  }
}

/** A session with five turns, as every judge will get it. */
async function playOne(folder: string, url: string): Promise<{ record: SessionRecord; dir: string }> {
  const place = { url, model: MODEL };
  const experiment = parseExperiment({ methods: ['vanilla'], profiles: { limit: 1 }, sessions: 1, maxTurns: 5, probes: { rate: 0 }, models: { ...place, maxConcurrency: 1_024, roles: { embedding: place, reranker: place } } }, 'the benchmark');
  const dir = join(folder, 'run');
  await runExperiment({ experiment, out: dir }, { secrets: {}, wire: false, log: createLogger({ name: 'bench', level: 'error' }), signal: new AbortController().signal }).catch((thrown: unknown) => {
    // A report is not needed here.
    process.stderr.write(`${String(thrown)}\n`);
  });
  for await (const record of readSessions(dir)) return { record, dir };
  throw new Error('No session was recorded.');
}

async function startJudge(bus: string, concurrency: number): Promise<ChildProcess> {
  const attune = fileURLToPath(new URL('../services/cli/attune.mjs', import.meta.url));
  const child = spawn(process.execPath, [attune, 'serve', 'judge', '--bus', bus, '--concurrency', String(concurrency)], { stdio: ['ignore', 'ignore', 'pipe'] });
  started.push(child);
  await new Promise<void>((resolve, reject) => {
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('Working on the run.')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`A judge ended with ${code}: ${text}`)));
  });
  return child;
}

/** Sessions judged per second. */
async function judgeAll(nats: Nats, runId: string, record: SessionRecord, count: number): Promise<number> {
  const name = `watch ${nextSession}`;
  const bus = createRunBus(nats, { runId });
  const queue = openWorkQueue(nats, 'judging', { runId, leaseMs: 30_000 });
  const stages = stagesOf(record);
  const first = nextSession;
  nextSession += count;
  const left = new Map(Array.from({ length: count }, (_, index) => [first + index, stages.length]));
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const subscription = bus.subscribe({ name, facts: ['sessionJudged'], mode: 'queue', concurrency: 256 }, async ({ fact }) => {
    const session = fact?.$case === 'sessionJudged' ? (fact.value.verdict?.session ?? -1) : -1;
    const open = left.get(session);
    if (open === 1) left.delete(session);
    else if (open !== undefined) left.set(session, open - 1);
    if (left.size === 0) finish();
  });
  // Idle is only what the server knows: a verdict from before that would not be seen, and waited for without end.
  await bus.idle(name);
  const startedAt = performance.now();
  await Promise.all([...left.keys()].map((session) => queue.put(`0.${session}`, encodeJudgingJob({ record: { ...record, session }, stages }))));
  await finished;
  const rate = (1_000 * count) / (performance.now() - startedAt);
  await subscription.close();
  await bus.close();
  return rate;
}

function busyTimes(): { busy: number; all: number } {
  const sum = { busy: 0, all: 0 };
  for (const { times } of cpus()) {
    const all = Object.values(times).reduce((total, ms) => total + ms, 0);
    sum.all += all;
    sum.busy += all - times.idle;
  }
  return sum;
}

/** Seconds of CPU that groups of processes have used so far. */
function usedBy<Name extends string>(groups: Record<Name, readonly number[]>): Record<Name, number> {
  const of = (pid: number) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  return Object.fromEntries(Object.entries<readonly number[]>(groups).map(([name, pids]) => [name, pids.reduce((sum, pid) => sum + of(pid), 0)])) as Record<Name, number>;
}
