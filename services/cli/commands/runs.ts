import { Command } from 'commander';
import { AttuneError } from '../../platform/errors.ts';
import { isKept, openRunRegistry, openWorkQueue, readBuried, removeRunFromServer } from '../../platform/nats.ts';
import type { Nats, RunRegistry, RunStatus } from '../../platform/nats.ts';
import { BUS_OPTION, openBus } from '../bus.ts';
import { createPlainLog } from '../plain-log.ts';

/** `attune runs`: what runs a NATS server knows, and what is wanted of them. */
export function runsCommand(): Command {
  const command = new Command('runs').description('List, show, pause, resume, cancel or remove the runs on a NATS server.').addHelpText('after', EXAMPLES);
  const add = (name: string, description: string, act: Act) =>
    command
      .command(name)
      .description(description)
      .argument(name === 'list' ? '[run]' : '<run>', 'the id of a run')
      .option(...BUS_OPTION)
      .option('--json', 'print JSON')
      .option('--debug', 'print the stack of an error')
      .action(async (runId: string | undefined, flags: Flags) => {
        const nats = await openBus(flags.bus, { log: createPlainLog({ debug: flags.debug ?? false }), name: 'runs' });
        try {
          await act({ nats, registry: openRunRegistry(nats), runId: runId ?? '', json: flags.json ?? false });
        } finally {
          await nats.close();
        }
      });
  add('list', 'List the runs that the server knows.', list);
  add('show', 'Show one run: how far it is, what waits and what was given up.', show);
  add('pause', 'Let runners and judges end the sessions at hand and take no more.', (asked) => want(asked, 'pause'));
  add('resume', 'Let a paused run go on.', (asked) => want(asked, 'run'));
  add('cancel', 'Stop a run now; sessions at hand are given up, and its folder can be resumed.', (asked) => want(asked, 'cancel'));
  add('remove', 'Free what a run that is over has on the server. Its folder stays.', remove);
  return command;
}

const EXAMPLES = `
Examples:
  attune runs list --bus nats://localhost:4222
  attune runs pause 20260314-092653-589-quickstart --bus nats://localhost:4222`;

async function list({ nats, registry, json }: Asked): Promise<void> {
  const runs = await Promise.all((await registry.list()).map(async (run) => ({ ...run, coordinated: await isCoordinated(nats, registry, run) })));
  if (json) return print(JSON.stringify({ runs }));
  if (runs.length === 0) return print('No runs.');
  const width = Math.max(...runs.map(({ runId }) => runId.length));
  for (const run of runs) {
    print(`${run.runId.padEnd(width)}  ${run.state.padEnd(9)}  ${run.sessionsRecorded}/${run.sessionsPlanned} sessions  ${run.coordinator.host}:${run.coordinator.dir}${isLeft(run) ? `  ${leftSentence(nats, run)}` : ''}`);
  }
}

async function show({ nats, registry, runId, json }: Asked): Promise<void> {
  const status = await found(registry, runId);
  const control = await registry.control(runId);
  const [work, judging] = await Promise.all((['work', 'judging'] as const).map((kind) => openWorkQueue(nats, kind, { runId, leaseMs: 1_000 }).counts()));
  const dead = await readBuried(nats, runId);
  const coordinated = await isCoordinated(nats, registry, status);
  if (json) return print(JSON.stringify({ status, coordinated, control, queues: { work, judging }, dead }));
  print(`${runId}: ${status.state}${status.reason === '' ? '' : ` (${status.reason})`}; wanted: ${control.wanted}`);
  if (isLeft({ ...status, coordinated })) print(leftSentence(nats, status));
  print(`${status.sessionsRecorded} of ${status.sessionsPlanned} sessions and ${status.verdictsRecorded} verdicts on record, as of ${status.updatedAt}`);
  for (const line of spendingLines(status)) print(line);
  print(`trajectories: ${work!.waiting} waiting, ${work!.held} with runners; sessions to judge: ${judging!.waiting} waiting, ${judging!.held} in work`);
  print(`coordinator: process ${status.coordinator.pid} on ${status.coordinator.host}, folder ${status.coordinator.dir}`);
  for (const { queue, key, reason, attempts } of dead) print(`given up after ${attempts} tries: ${queue} ${key}: ${reason}`);
}

function isCoordinated(nats: Nats, registry: RunRegistry, { runId }: RunStatus): Promise<boolean> {
  return isKept(nats, registry.leaseKey(runId, 'coordinator'));
}

/** Whether a run that should go on has nobody who brings it to its end. */
function isLeft({ state, coordinated }: RunStatus & { coordinated: boolean }): boolean {
  return (state === 'running' || state === 'paused') && !coordinated;
}

function leftSentence(nats: Nats, { coordinator }: RunStatus): string {
  return `Nobody coordinates it any more; on ${coordinator.host}, go on with: attune run --resume ${coordinator.dir} --bus ${nats.where}`;
}

/** What the run has spent of what it may. */
function spendingLines({ limits, spent }: RunStatus): string[] {
  if (!limits || !spent) return [];
  const line = (used: number, limit: number | undefined, text: (amount: number) => string) => (limit === undefined ? [] : [`spent: ${text(used)} of ${text(limit)} (${((100 * used) / limit).toFixed(0)} %)`]);
  return [
    ...line(spent.tokens, limits.tokens, (tokens) => `${tokens} tokens`),
    ...line(spent.money, limits.money, (money) => `${Number(money.toFixed(4))} in money`),
    ...line(spent.ms / 3_600_000, limits.hours, (hours) => `${Number(hours.toFixed(2))} hours`),
  ];
}

async function want({ registry, runId, json }: Asked, wanted: 'run' | 'pause' | 'cancel'): Promise<void> {
  const status = await found(registry, runId);
  if (status.state !== 'running' && status.state !== 'paused') {
    throw new AttuneError('failed_precondition', `The run ${runId} is ${status.state}; only a run that goes on can be paused, resumed or cancelled. Go on with its folder: attune run --resume ${status.coordinator.dir} --bus ADDRESS`);
  }
  await registry.setControl(runId, { wanted, reason: REASONS[wanted] });
  print(json ? JSON.stringify({ runId, wanted }) : SENTENCES[wanted]);
}

const REASONS = { run: '', pause: 'The run was paused by attune runs pause.', cancel: 'The run was cancelled by attune runs cancel.' };
const SENTENCES = {
  run: 'The run goes on.',
  pause: 'The run pauses: sessions at hand are played and judged to their end, and no new ones begin. Go on with: attune runs resume',
  cancel: 'The run stops; what is recorded is kept.',
};

async function remove({ nats, registry, runId, json }: Asked): Promise<void> {
  const status = await found(registry, runId);
  if (status.state === 'running' || status.state === 'paused') {
    if (!(await registry.lease(runId, 'coordinator')).released) throw new AttuneError('failed_precondition', `The run ${runId} is ${status.state}; cancel it first with: attune runs cancel ${runId}`);
  }
  await removeRunFromServer(nats, runId);
  await registry.forget(runId);
  print(json ? JSON.stringify({ runId, removed: true }) : `Nothing of ${runId} is left on the server.`);
}

async function found(registry: RunRegistry, runId: string): Promise<RunStatus> {
  const status = await registry.status(runId);
  if (status) return status;
  const known = (await registry.list()).map((run) => run.runId).join(', ') || 'none';
  throw new AttuneError('not_found', `The server knows no run "${runId}"; it knows ${known}.`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

type Act = (asked: Asked) => Promise<void>;

interface Asked {
  nats: Nats;
  registry: RunRegistry;
  runId: string;
  json: boolean;
}

interface Flags {
  bus?: string;
  json?: boolean;
  debug?: boolean;
}
