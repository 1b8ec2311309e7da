import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { EndSessionResponse, RespondResponse, StartSessionResponse } from '../../gen/attune/agent/v1/agent.ts';
import { RespondResponse as UserResponse } from '../../gen/attune/simulator/v1/simulator.ts';
import { Mode } from '../../gen/attune/simulator/v1/simulator.ts';
import { Profile } from '../../gen/attune/profile/v1/profile.ts';
import { Problem } from '../../gen/attune/task/v1/task.ts';
import { createInProcessBus } from '../../platform/bus.ts';
import { createRandom, seedFrom } from '../../platform/random.ts';
import { runBatch } from '../batch.ts';
import type { Trajectory } from '../plan.ts';
import { playTrajectory } from '../play-trajectory.ts';
import type { SessionClients } from '../session.ts';
import { createGate } from './gate.ts';
import { createVirtualClock } from './virtual-clock.ts';

const USERS = 100;
const SESSIONS = 10;
const CAP = 50;
const SLICE = 50;
const SIGMA = 0.6;

/** Spec: speed.md 8, with fewer sessions. Latencies depend on the call alone, so that every schedule has the same work. */
describe.each([1, 2, 3])('100 users with memory, 50 calls in flight, latencies of seed %i', (seed) => {
  test('the run ends within 1.05 of the shortest time that is possible, and sooner than by slices of users', async () => {
    const ours = await simulate(seed, (world) => runBatch(world.trajectories, world.deps, { ...world.settings, concurrency: USERS, signal: open, isDone: () => false }));
    const slices = await simulate(seed, async (world) => {
      for (let from = 0; from < USERS; from += SLICE) {
        await Promise.all(
          world.trajectories.slice(from, from + SLICE).map((trajectory) =>
            playTrajectory(trajectory, world.deps.clientsOf(), { ...world.settings, signal: open, isDone: () => false, mustStop: async () => {}, started: async () => {}, turned: async () => {}, ended: async () => {} }),
          ),
        );
      }
    });
    expect(slices.work).toBeCloseTo(ours.work, 3);
    const bound = Math.max(ours.work / CAP, ours.longest);
    expect(ours.makespan / bound).toBeGreaterThanOrEqual(1);
    expect(ours.makespan / bound).toBeLessThanOrEqual(1.05);
    expect(slices.makespan / ours.makespan).toBeGreaterThanOrEqual(1.05);
  }, 60_000);
});

test('at most so many sessions are under way, also when the number changes', async () => {
  let most = 6;
  let seen = 0;
  await simulate(1, (world) => {
    const running = new Set<string>();
    const { simulator, agent } = world.deps.clientsOf();
    const watched: SessionClients = {
      agentNeedsProfile: false,
      simulator,
      agent: {
        ...agent,
        async startSession(request) {
          running.add(request.key!.user!.userId!);
          seen = Math.max(seen, running.size);
          expect(running.size).toBeLessThanOrEqual(most === 6 ? 6 : 10);
          return agent.startSession(request);
        },
        async endSession(request) {
          const answer = await agent.endSession(request);
          running.delete(request.key!.user!.userId!);
          most = 10;
          return answer;
        },
      },
    };
    return runBatch(world.trajectories.slice(0, 20), { ...world.deps, clientsOf: () => watched }, { ...world.settings, concurrency: () => most, signal: open, isDone: () => false });
  });
  expect(seen).toBe(10);
});

test('a gate lets the longest in first, equals in the order of their coming, and refuses everybody once it is closed', async () => {
  let places = 1;
  const gate = createGate(() => places);
  const order: number[] = [];
  const leave = await gate.enter(() => 0);
  const rest = [3, 9, 1, 9, 5].map(async (workLeft, index) => {
    const out = await gate.enter(() => workLeft);
    order.push(index);
    out();
    out();
  });
  expect(gate.inside()).toBe(1);
  leave();
  await Promise.all(rest);
  expect(order).toEqual([1, 3, 4, 0, 2]);
  places = 0;
  const late = gate.enter(() => 1);
  gate.close(new Error('closed'));
  await expect(late).rejects.toThrow('closed');
  await expect(gate.enter(() => 1)).rejects.toThrow('closed');
});

const open = new AbortController().signal;

/** Plays all sessions against one endpoint on a clock that runs as fast as the processor. */
async function simulate(seed: number, play: (world: World) => Promise<void>): Promise<{ makespan: number; work: number; longest: number }> {
  const clock = createVirtualClock();
  const endpoint = createGate(() => CAP);
  const chains = new Map<string, number>();
  let judging: Promise<void>[] = [];
  let work = 0;
  let arrivals = 0;

  async function call(chain: string | null, scale: number, ...what: (string | number)[]) {
    const ms = scale * 2_000 * Math.exp(SIGMA * normal(seedFrom(seed, ...what)));
    // First come, first served.
    const arrival = (arrivals += 1);
    const leave = await endpoint.enter(() => -arrival);
    await clock.sleep(ms);
    leave();
    work += ms;
    if (chain !== null) chains.set(chain, (chains.get(chain) ?? 0) + ms);
    return { usage: [{ role: 'any', model: 'mock', calls: 1, promptTokens: 1, completionTokens: 1, cachedPromptTokens: 0, latencyMs: ms }] };
  }

  const clients: SessionClients = {
    agentNeedsProfile: false,
    simulator: {
      async respond(request) {
        const { userId } = request.profile as Profile;
        const { problemId } = request.task!;
        const turn = request.dialogue!.filter((_, index) => index % 2 === 1).length;
        const turns = 3 + createRandom(seedFrom(seed, 'turns', userId, problemId!)).int(8);
        const { usage } = await call(userId, 1, 'user', userId, problemId!, turn);
        return UserResponse.fromPartial({ userMessage: request.mode === Mode.MESSAGE ? 'Go on.' : '', draftAnswer: 'd', stop: turn >= turns, usage });
      },
    },
    agent: {
      startSession: async () => StartSessionResponse.fromPartial({ memoryHash: 'h' }),
      async respond(request) {
        const { userId } = request.key!.user!;
        await call(userId!, 0.7, 'scaffold', userId!, request.key!.session!, request.turn!);
        const { usage } = await call(userId!, 1, 'agent', userId!, request.key!.session!, request.turn!);
        return RespondResponse.fromPartial({ agentMessage: 'Here.', usage });
      },
      async endSession(request) {
        const { userId } = request.key!.user!;
        const { usage } = await call(userId!, 1, 'notes', userId!, request.key!.session!);
        for (const stage of ['task', 'turns']) judging.push(call(null, 0.5, stage, userId!, request.key!.session!).then(() => undefined));
        return EndSessionResponse.fromPartial({ memoryHash: 'h', usage });
      },
    } as Partial<SessionClients['agent']> as SessionClients['agent'],
  };
  const trajectories = Array.from({ length: USERS }, (_, user): Trajectory => ({
    method: 'memory',
    profile: Profile.fromPartial({ userId: `u${user}` }),
    sessions: Array.from({ length: SESSIONS }, (__, session) => ({ session, problem: Problem.fromPartial({ task: { problemId: `p${session}` } }), seed: session, probe: null })),
  }));
  const bus = createInProcessBus({ log: pino({ level: 'silent' }) });
  const everything = async () => {
    await play({
      trajectories,
      deps: { bus, clientsOf: () => clients, brokenEndpoint: async () => null, calls: { simulator: () => CAP, agent: () => CAP, isOneEndpoint: true } },
      settings: { runId: 'r', maxTurns: 12, simulatorSignals: false, attempts: 1 },
    });
    while (judging.length > 0) await Promise.all(judging.splice(0));
  };
  await clock.passUntil(everything());
  judging = [];
  await bus.close();
  return { makespan: clock.now(), work, longest: Math.max(...chains.values()) };
}

function normal(seed: number): number {
  const random = createRandom(seed);
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

interface World {
  trajectories: Trajectory[];
  deps: Omit<Parameters<typeof runBatch>[1], 'clientsOf'> & { clientsOf: () => SessionClients };
  settings: { runId: string; maxTurns: number; simulatorSignals: boolean; attempts: number };
}
