import { expect, test } from 'vitest';
import { MethodAgentDefinition, type MethodAgentServiceImplementation } from '../gen/attune/agent/v1/agent.ts';
import { Profile } from '../gen/attune/profile/v1/profile.ts';
import type { SessionRecord } from '../gen/attune/record/v1/record.ts';
import { UserSimulatorDefinition } from '../gen/attune/simulator/v1/simulator.ts';
import { Problem } from '../gen/attune/task/v1/task.ts';
import { AttuneError } from '../platform/errors.ts';
import { connect } from '../platform/rpc.ts';
import { runTrajectory } from './trajectory.ts';

/** Plays two sessions with an agent that fails its first replies as told; gives the records and the seeds that the replies were asked with. */
async function play(failures: readonly AttuneError[]): Promise<{ records: SessionRecord[]; seeds: number[]; rewinds: number }> {
  const left = [...failures];
  const seen = { records: [] as SessionRecord[], seeds: [] as number[], rewinds: 0 };
  const refuse = () => {
    throw new AttuneError('unimplemented', 'A trajectory does not ask for this.');
  };
  const implementation: MethodAgentServiceImplementation = {
    respond({ seed }) {
      seen.seeds.push(seed);
      const failure = left.shift();
      return failure ? Promise.reject(failure) : Promise.resolve({ agentMessage: 'Well.' });
    },
    startSession() {
      seen.rewinds += 1;
      return Promise.resolve({});
    },
    endSession: () => Promise.resolve({}),
    describe: refuse,
    respondStream: refuse,
    forget: refuse,
    exportState: refuse,
    importState: refuse,
  };
  const agent = connect(MethodAgentDefinition, implementation);
  const simulator = connect(UserSimulatorDefinition, { respond: ({ dialogue }) => Promise.resolve({ userMessage: 'So?', stop: dialogue.length > 2 }) });
  const planned = (session: number) => ({ session, problem: Problem.fromPartial({ task: { dataset: 'own', problemId: `q${session}`, problem: 'What is 1?' } }), seed: 3 + session, probe: null });
  const trajectory = { method: 'vanilla', profile: Profile.fromPartial({ userId: 'u' }), sessions: [planned(0), planned(1)] };
  await runTrajectory(trajectory, { simulator: simulator.client, agent: agent.client, agentNeedsProfile: false }, {
    runId: 'r',
    maxTurns: 3,
    simulatorSignals: false,
    attempts: 2,
    signal: new AbortController().signal,
    isDone: () => false,
    mustStop: () => Promise.resolve(),
    onStart: () => Promise.resolve(),
    onTurn: () => undefined,
    onSession: ({ record }) => Promise.resolve(void seen.records.push(record)),
  });
  return seen;
}

const wentAway = () => new AttuneError('unavailable', 'The server broke off the call of /attune.agent.v1.MethodAgent/Respond (Connection dropped).');

test('a session whose service went away is played again from its start as if it had not begun', async () => {
  const straight = await play([]);
  const interrupted = await play([wentAway(), wentAway(), wentAway()]);
  expect(interrupted.records).toEqual(straight.records);
  expect(interrupted.seeds).toEqual([...Array.from({ length: 3 }, () => straight.seeds[0]), ...straight.seeds]);
  expect(interrupted.rewinds).toBe(straight.rewinds + 3);
});

test('other failures are tries, with seeds of their own', async () => {
  const { records, seeds } = await play([new AttuneError('unavailable', 'Busy.')]);
  expect(records.map(({ attempts, error }) => [attempts, error])).toEqual([[2, ''], [1, '']]);
  expect(new Set(seeds).size).toBe(seeds.length);
});

test('a session that brings its service down every time fails in the end, and the next one is played', async () => {
  const { records, seeds } = await play(Array.from({ length: 7 }, wentAway));
  expect(records.map(({ attempts, error }) => [attempts, error !== ''])).toEqual([[2, true], [1, false]]);
  expect(new Set(seeds.slice(0, 6)).size).toBe(1);
});
