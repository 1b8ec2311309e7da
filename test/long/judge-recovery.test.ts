import { expect, test } from 'vitest';
import { Role } from '../../services/gen/attune/conversation/v1/conversation.ts';
import { JudgeSessionRequest, JudgeTaskRequest, VerdictStatus } from '../../services/gen/attune/judge/v1/judge.ts';
import { JUDGE_DEFAULTS } from '../../services/judge/config.ts';
import { createJudge, JudgeDefinition } from '../../services/judge/service.ts';
import { createRandom, seedFrom } from '../../services/platform/random.ts';
import { connect } from '../../services/platform/rpc.ts';
import { designEffect } from '../../services/report/sections/judge-sheet/corrected-scores.ts';
import { labelFigures } from '../../services/report/sections/judge-sheet/label-figures.ts';
import { correctedShare } from '../../services/report/statistics/corrected-share.ts';
import { erringModel } from '../support/erring-judge.ts';

const TRIALS = 100;

/** The share of a trial's truth, what the judge says of it, and a second sample with labels; each trial with seeds of its own. */
test('a judge with known error rates is recovered in at least 95 of 100 trials on tasks', async () => {
  const [rates, truth] = [{ sensitivity: 0.9, specificity: 0.8 }, 0.3];
  const { client, close } = connect(JudgeDefinition, createJudge(JUDGE_DEFAULTS, { panel: [erringModel(rates)] }));
  const judged = async (trial: number, sample: string, count: number) => {
    const random = createRandom(seedFrom('tasks', trial, sample));
    return Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const right = random.chance(truth);
        const { verdict } = await client.judgeTask(JudgeTaskRequest.fromPartial({ problem: { task: { problem: `Problem ${index}` }, solution: 'true' }, draftAnswer: String(right), seed: seedFrom(trial, sample, index) }));
        expect(verdict?.status).toBe(VerdictStatus.SCORED);
        return { userId: `u${index % 20}`, right, said: verdict!.correct, certainty: verdict!.certainty };
      }),
    );
  };
  let covered = 0;
  let rawCovered = 0;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const scored = await judged(trial, 'run', 120);
    const word = (right: boolean) => (right ? 'right' : 'wrong');
    const labels = labelFigures('task', (await judged(trial, 'labels', 80)).map(({ userId, right, said, certainty }) => ({ userId, truth: word(right), verdict: { said: word(said), modelSaid: word(said), certainty } })));
    const positive = scored.filter(({ said }) => said).length;
    const found = correctedShare({ positive, items: scored.length }, labels);
    if (found.refused !== null) continue;
    if (found.interval.low <= truth && truth <= found.interval.high) covered += 1;
    if (Math.abs(positive / scored.length - truth) <= 1.96 * Math.sqrt((truth * (1 - truth)) / scored.length)) rawCovered += 1;
  }
  await close();
  expect(covered).toBeGreaterThanOrEqual(95);
  // Without the correction the same judge misses the truth: the trial would not pass by being lenient.
  expect(rawCovered).toBeLessThan(50);
}, 120_000);

test('the same on preferences of users that differ, with the variance of whole users', async () => {
  const rates = { sensitivity: 0.92, specificity: 0.85 };
  const { client, close } = connect(JudgeDefinition, createJudge(JUDGE_DEFAULTS, { panel: [erringModel(rates)] }));
  const preferences = ['alpha', 'beta', 'gamma', 'delta'];
  const judged = async (trial: number, sample: string, users: number) => {
    const random = createRandom(seedFrom('turns', trial, sample));
    const items = await Promise.all(
      Array.from({ length: users }, async (_, user) => {
        const rate = 0.4 + 0.4 * random.next(); // mean 0.6
        const kept = [0, 1, 2].map(() => preferences.filter(() => random.chance(rate)));
        const dialogue = kept.flatMap((words) => [{ role: Role.USER, content: 'And now?' }, { role: Role.ASSISTANT, content: `keeps=${words.join(',')}` }]);
        const { turns } = await client.judgeSession(JudgeSessionRequest.fromPartial({ profile: { userId: `u${user}`, preferences: preferences.map((action) => ({ id: action, action })) }, dialogue, seed: seedFrom(trial, sample, user) }));
        return turns.flatMap((turn, index) => preferences.map((id) => ({ userId: `u${user}`, truth: kept[index]!.includes(id) ? 'followed' : 'violated', said: turn.followedIds.includes(id) ? 'followed' : 'violated', certainty: turn.certainty })));
      }),
    );
    return items.flat();
  };
  let covered = 0;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const scored = await judged(trial, 'run', 40);
    const labels = labelFigures('turns', (await judged(trial, 'labels', 15)).map(({ userId, truth, said, certainty }) => ({ userId, truth, verdict: { said, modelSaid: said, certainty } })));
    const users = new Map<string, { items: number; positive: number }>();
    for (const { userId, said } of scored) {
      const sums = users.get(userId) ?? { items: 0, positive: 0 };
      users.set(userId, { items: sums.items + 1, positive: sums.positive + Number(said === 'followed') });
    }
    const found = correctedShare({ positive: scored.filter(({ said }) => said === 'followed').length, items: scored.length, designEffect: designEffect([...users.values()]) }, labels);
    if (found.refused === null && found.interval.low <= 0.6 && 0.6 <= found.interval.high) covered += 1;
  }
  await close();
  expect(covered).toBeGreaterThanOrEqual(95);
}, 120_000);

test('over many more trials the interval covers as often as it says', () => {
  const random = createRandom(seedFrom('coverage of corrected shares'));
  const count = (of: number, rate: number) => Array.from({ length: of }, () => Number(random.chance(rate))).reduce((sum, one) => sum + one, 0);
  const [sensitivity, specificity, truth] = [0.9, 0.8, 0.6];
  let covered = 0;
  for (let trial = 0; trial < 3000; trial += 1) {
    const [right, positives] = [count(150, truth), count(100, truth)];
    const found = correctedShare({ positive: count(right, sensitivity) + count(150 - right, 1 - specificity), items: 150 }, { positives, truePositives: count(positives, sensitivity), negatives: 100 - positives, trueNegatives: count(100 - positives, specificity) });
    if (found.refused === null && found.interval.low <= truth && truth <= found.interval.high) covered += 1;
  }
  expect(covered / 3000).toBeGreaterThan(0.94);
  expect(covered / 3000).toBeLessThan(0.975);
});

test('a judge that is hardly better than chance is refused', () => {
  const item = (truth: string, said: string) => ({ userId: 'u', truth, verdict: { said, modelSaid: said, certainty: 0.9 } });
  const pairs = Array.from({ length: 100 }, (_, index) => item(index % 2 === 0 ? 'right' : 'wrong', index % 20 < 11 === (index % 2 === 0) ? 'right' : 'wrong'));
  const labels = labelFigures('task', pairs);
  expect(correctedShare({ positive: 50, items: 100 }, labels)).toMatchObject({ refused: 'near_chance' });
});
