import { describe, expect, test } from 'vitest';
import { SessionRecord, SessionStatus, VerdictRecord } from '../../gen/attune/record/v1/record.ts';
import { parseExperiment } from '../experiment.ts';
import { forecastRun } from './forecast.ts';
import { createPlayedSessions } from './played.ts';

const SHAPE = { sessions: 10, turns: 2, user: 50, agent: 100, out: {}, mostMemory: 1000, mostReranked: 1000 };
const PRICES = { prices: { large: { promptPerMillion: 10, completionPerMillion: 0 } } };

describe('votes of the judge', () => {
  test('a pilot that asked again is counted by its first votes; what further ones can add stands apart', () => {
    const played = playedWith({ judge: { votes: 2 }, votes: [0, 1, 2], calls: 3 });
    const judge = { votes: 2, maxVotes: 5 };
    const { rows, furtherVotes } = forecast({ judge, models: { model: 'large', ...PRICES } }, played);
    // Ten users with ten sessions each, one question a session in this pilot.
    expect(judging(rows)).toMatchObject([{ calls: 200, promptTokens: 200 * 300, completionTokens: 200 * 20 }]);
    expect(furtherVotes).toEqual({ votes: 2, maxVotes: 5, calls: 300, promptTokens: 300 * 300, completionTokens: 300 * 20, money: expect.closeTo(0.9, 9) });
  });

  test('other votes than those of the pilot, and every judge of a panel', () => {
    const played = playedWith({ judge: { votes: 1 }, votes: [], calls: 1 });
    const panel = ['one', 'two'].map((model) => ({ url: 'sim', model }));
    const { rows, furtherVotes } = forecast({ judge: { votes: 3, panel } }, played);
    expect(judging(rows).map(({ model, calls }) => [model, calls])).toEqual([['one', 300], ['two', 300]]);
    expect(furtherVotes).toBeNull();
    const ofPanel = playedWith({ judge: { votes: 1, panel: ['one', 'two'] }, votes: [0, 0], calls: 2 });
    expect(judging(forecast({ judge: { votes: 3, panel } }, ofPanel).rows)).toMatchObject([{ calls: 300 }, { calls: 300 }]);
  });

  test('with a call for each turn, calls grow with the turns of a session', () => {
    const played = playedWith({ judge: { votes: 1, mode: 'turn' }, votes: [], calls: 3 });
    const calls = (turns: number) => judging(forecast({ judge: { mode: 'turn' } }, played, turns).rows)[0]!.calls;
    // One about the draft and one a turn.
    expect(calls(2)).toBeCloseTo(300, 9);
    expect(calls(8)).toBeCloseTo(900, 9);
  });
});

test('what is left of forgotten users makes no session shorter', () => {
  const played = playedWith({ judge: { votes: 1 }, votes: [], calls: 1 });
  const before = forecast({}, played).rows;
  played.addSession(SessionRecord.fromPartial({ method: 'vanilla', userId: 'u-2', session: 0, status: SessionStatus.FORGOTTEN }));
  expect(played.shape().turns).toBe(2);
  expect(forecast({}, played).rows).toEqual(before);
});

/** One session of two turns, and one verdict whose kept votes have these repeats. */
function playedWith({ judge, votes, calls }: { judge: { votes: number; mode?: string; panel?: string[] }; votes: readonly number[]; calls: number }) {
  const played = createPlayedSessions();
  const key = { method: 'vanilla', userId: 'u-1', session: 0 };
  played.addSession(
    SessionRecord.fromPartial({
      ...key,
      status: SessionStatus.OK,
      userTokens: 150,
      agentTokens: 200,
      turns: [{ turn: 0, user: {}, agent: {} }, { turn: 1, user: {}, agent: {} }, { turn: 2, user: {} }],
      usage: [{ role: 'agent', model: 'large', calls: 2, promptTokens: 800, completionTokens: 200 }],
    }),
  );
  played.addVerdict(
    VerdictRecord.fromPartial({
      ...key,
      judge: { model: 'large', ...judge },
      stage: { $case: 'task', value: { votes: votes.map((repeat) => ({ repeat })) } },
      usage: [{ role: 'judge', model: 'large', calls, promptTokens: 300 * calls, completionTokens: 20 * calls }],
    }),
  );
  return played;
}

function forecast(raw: object, played: ReturnType<typeof createPlayedSessions>, turns = SHAPE.turns) {
  const experiment = parseExperiment({ methods: ['vanilla'], ...raw }, 'the test');
  return forecastRun(experiment, { profiles: 10, played: played.byMethod(), shape: { ...SHAPE, turns } });
}

function judging<T extends { role: string }>(rows: readonly T[]): T[] {
  return rows.filter(({ role }) => role === 'judge');
}
