import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgedSession, startScriptedJudge, turnJson } from '../../test/support/scripted-judge.ts';
import type { JudgePrompt } from '../../test/support/scripted-judge.ts';
import { generateProfiles, preferenceText } from '../catalogue/index.ts';
import { seedFrom } from '../platform/random.ts';

const PROFILE = generateProfiles({ count: 1, seed: 9 })[0]!;
const TEXTS = PROFILE.preferences.map(preferenceText);

/** Judges by the texts alone, so that only a wrong mapping of numbers to ids can change its verdict. */
function orderInsensitive({ preferences }: JudgePrompt, turn: number) {
  const kind = (text: string) => seedFrom('verdict', text, turn) % 4;
  const numbers = (wanted: number) => preferences.flatMap((text, i) => (kind(text) === wanted ? [i + 1] : []));
  return turnJson(turn, {
    applicable_preferences: [...numbers(0), ...numbers(1)],
    followed: numbers(0),
    violated: numbers(1).map((preference) => ({ preference, type: 'wrong_style' })),
    over_personalization: numbers(2),
  });
}

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test('no seed changes the verdict of a judge that does not mind the order', async () => {
  await using judge = await startScriptedJudge((prompt) => ({ turns: [orderInsensitive(prompt, 0), orderInsensitive(prompt, 1)] }));
  const request = judgedSession({ profile: PROFILE });
  const expected = (await judge.client.judgeSession(request)).turns;
  expect(expected[0]?.followedIds.length).toBeGreaterThan(3);
  expect(expected[0]?.overAppliedIds.length).toBeGreaterThan(3);
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      expect((await judge.client.judgeSession({ ...request, seed })).turns).toEqual(expected);
    }),
    { seed: 3, numRuns: 40 },
  );
});

test('nor does asking several judges several times, but for the votes that are kept', async () => {
  await using one = await startScriptedJudge((prompt) => ({ turns: [orderInsensitive(prompt, 0), orderInsensitive(prompt, 1)] }));
  await using many = await startScriptedJudge((prompt) => ({ turns: [orderInsensitive(prompt, 0), orderInsensitive(prompt, 1)] }), { panel: ['a', 'b'], config: { votes: 2, maxVotes: 9 } });
  const request = judgedSession({ profile: PROFILE });
  const expected = (await one.client.judgeSession(request)).turns;
  const { turns } = await many.client.judgeSession(request);
  expect(turns.map((turn) => ({ ...turn, votes: [] }))).toEqual(expected);
  for (const { votes, overAppliedIds } of turns) {
    expect(votes).toHaveLength(4);
    for (const vote of votes) expect(vote.overAppliedIds).toEqual(overAppliedIds);
  }
});

test('the same holds for one turn', async () => {
  await using judge = await startScriptedJudge((prompt) => orderInsensitive(prompt, 1));
  const request = { ...judgedSession({ profile: PROFILE }), turn: 1 };
  const expected = (await judge.client.judgeTurn(request)).verdict;
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      expect((await judge.client.judgeTurn({ ...request, seed })).verdict).toEqual(expected);
    }),
    { seed: 4, numRuns: 25 },
  );
});

test('a number is the preference at that place of the prompt: the model names one text, the verdict its id', async () => {
  let wanted = '';
  await using judge = await startScriptedJudge(({ preferences }) => turnJson(0, { over_personalization: [preferences.indexOf(wanted) + 1] }));
  await fc.assert(
    fc.asyncProperty(seeds, fc.nat({ max: TEXTS.length - 1 }), async (seed, place) => {
      wanted = TEXTS[place]!;
      const { verdict } = await judge.client.judgeTurn({ ...judgedSession({ profile: PROFILE }), turn: 0, seed });
      expect(verdict?.overAppliedIds).toEqual([PROFILE.preferences[place]!.id]);
    }),
    { seed: 5, numRuns: 25 },
  );
});

test('every preference is shown once, in an order that the seed decides', async () => {
  const orders: string[][] = [];
  await using judge = await startScriptedJudge(({ preferences }) => {
    orders.push(preferences);
    return turnJson(0);
  });
  const request = { ...judgedSession({ profile: PROFILE }), turn: 0 };
  for (const seed of [1, 2, 3, 4, 1]) await judge.client.judgeTurn({ ...request, seed });
  for (const order of orders) expect([...order].sort()).toEqual([...TEXTS].sort());
  expect(new Set(orders.map((order) => order.join('\n'))).size).toBe(4);
  expect(orders[4]).toEqual(orders[0]);
  expect(orders.map((order) => order.join('\n'))).not.toContain(TEXTS.join('\n'));
});
