import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../services/platform/random.ts';
import { startAttune, type StartedAttune } from './attune.ts';
import { LEASE, type CrashLab } from './crash-lab.ts';
import { recorded } from './fleet.ts';

/** Runs the lab's experiment while SIGKILLs fall at random moments: each part of the run once, in random order, and `more` of them again. */
export async function crashRun(lab: CrashLab, { seed, more }: { seed: number; more: number }): Promise<CrashedRun> {
  const random = createRandom(seed);
  const run = join(lab.folder, `crashed-${seed}`);
  const coordinate = (...args: string[]) => startAttune(['run', ...args, '--bus', lab.nats.url, '--no-workers', ...LEASE]);
  let coordinator: StartedAttune = coordinate(lab.experiment, '--out', run);
  const again = async (service: { kill(): Promise<void>; start(): Promise<void> }) => {
    await service.kill();
    await service.start();
  };
  const kills: Record<Victim, () => Promise<unknown>> = {
    async runner() {
      await lab.members.runner.shift()!.kill();
      lab.members.runner.push(await lab.startRunner());
    },
    async judge() {
      await lab.members.judge.shift()!.kill();
      lab.members.judge.push(await lab.startJudge());
    },
    agent: () => again(lab.agent),
    store: () => again(lab.store),
    nats: () => lab.nats.restart('SIGKILL'),
    async recorder() {
      coordinator.child.kill('SIGKILL');
      await coordinator.done;
      // A coordinator that died before it had made the folder begins anew.
      coordinator = recorded(run, 'events.ndjson') > 0 ? coordinate('--resume', run) : coordinate(lab.experiment, '--out', run);
    },
  };
  const returning = new Map<Victim, Promise<unknown>>();
  const order = [...random.shuffle(VICTIMS), ...Array.from({ length: more }, () => random.pick(VICTIMS))];
  const killed: Victim[] = [];
  for (const victim of order) {
    const before = recorded(run, 'events.ndjson');
    const wait = random.int(5);
    // As soon as the run goes on, however fast the machine is.
    for (const until = performance.now() + 20_000; recorded(run, 'events.ndjson') <= before + wait && performance.now() < until; ) {
      if (coordinator.child.exitCode !== null) break;
      await sleep(10);
    }
    if (coordinator.child.exitCode !== null) break;
    // The next kill does not wait until everything is up again, but for what it hits.
    await returning.get(victim);
    lab.models.noteKill();
    const back = kills[victim]();
    returning.set(victim, back);
    // A recorder is the run's process itself, whose end is looked for below.
    if (victim === 'recorder') await back;
    killed.push(victim);
  }
  await Promise.all(returning.values());
  const { code, stderr } = await coordinator.done;
  return { run, code, stderr, killed };
}

const VICTIMS = ['runner', 'agent', 'store', 'judge', 'recorder', 'nats'] as const;

type Victim = (typeof VICTIMS)[number];

interface CrashedRun {
  run: string;
  code: number | null;
  stderr: string;
  killed: string[];
}
