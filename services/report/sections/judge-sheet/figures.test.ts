import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { modeAgreement, ruleAgreements } from './agreement.ts';
import { designEffect } from './corrected-scores.ts';
import { judgeCheckOf } from './judge-check.ts';
import { labelFigures } from './label-figures.ts';
import type { JudgeObservations, RepeatedItem } from './observations.ts';
import { orderFigures } from './order.ts';
import { panelFigures } from './panel.ts';
import { readLabels } from './read-labels.ts';
import { stabilityFigures } from './stability.ts';

describe('asked again', () => {
  test('the flip rate is the share of pairs of answers that differ, by judge, and unreadable answers count for nothing', () => {
    const items = [task('u1', [['right', 'right', 'wrong']]), task('u2', [['right', null, 'right']]), task('u3', [['wrong', null, null]])];
    const [figure, ...others] = stabilityFigures({ items });
    expect(others).toEqual([]);
    expect(figure).toMatchObject({ kind: 'task', items: 2 });
    expect(figure!.flipRate).toBeCloseTo((2 / 3 + 0) / 2, 12);
  });

  test('whether a preference was followed is compared only where it was called applicable', () => {
    const figures = stabilityFigures({ items: [turn('u1', [['followed', 'violated', 'not_applicable']])] });
    expect(figures.map(({ kind, flipRate }) => [kind, flipRate])).toEqual([['applicable', 2 / 3], ['followed', 1], ['over_applied', 0]]);
  });
});

describe('order', () => {
  test('a judge that finds more applicable at the top of the list is seen', () => {
    const items = ['u1', 'u2', 'u3'].map((user) => turn(user, [['followed', 'not_applicable', 'followed', 'not_applicable']], { firstHalf: [[true, false, true, false]] }));
    expect(orderFigures({ items, pairs: [] })).toMatchObject({ firstHalf: { difference: 1, items: 3, interval: { low: 1, high: 1 } }, pairs: null });
  });

  test('a pair flips when the swapped order names the same place, and half an answer is none', () => {
    const pairs = [{ userId: 'u', straight: 'first', swapped: 'second' }, { userId: 'u', straight: 'first', swapped: 'first' }, { userId: 'u', straight: 'tie', swapped: 'tie' }, { userId: 'u', straight: 'first', swapped: null }] as const;
    expect(orderFigures({ items: [], pairs }).pairs).toMatchObject({ items: 3, flipped: 1 / 3, first: 3 / 4 });
  });
});

test('rules are compared with what the judge says of applicable preferences, all first and then each', () => {
  const items = [turn('u1', [['followed', 'violated']], { rule: 'bullets', ruled: true }), turn('u1', [['not_applicable', 'violated']], { rule: 'headings', ruled: false }), turn('u2', [['followed', 'followed']])];
  expect(ruleAgreements(items).map(({ rule, items: n, agreement }) => [rule, n, agreement])).toEqual([[null, 3, 2 / 3], ['bullets', 2, 0.5], ['headings', 1, 1]]);
});

test('the modes are compared by the first answer of the first judge', () => {
  const items = [turn('u1', [['followed', 'violated']], { otherMode: 'followed' }), turn('u2', [['violated', 'followed']], { otherMode: 'followed' }), turn('u3', [[null, 'followed']], { otherMode: 'followed' })];
  expect(modeAgreement(items)).toMatchObject({ items: 2, agreement: 0.5 });
});

test('judges of a panel are told apart, with the correlation of their orders of the methods', () => {
  const methods = ['a', 'b', 'c'];
  const share = (positive: number) => Array.from({ length: 4 }, (_, index) => (index < positive ? 'right' : 'wrong'));
  const items = methods.map((method, index) => ({ ...task('u', [share(index + 1), share(3 - index)]), method }));
  const panel = panelFigures({ judge: { model: 'x+y', panel: ['x', 'y'], promptHash: '', parserVersion: 1 }, items }, methods)!;
  expect(panel.judges.map(({ model, methods: own }) => [model, own.map(({ success }) => success)])).toEqual([['x', [0.25, 0.5, 0.75]], ['y', [0.75, 0.5, 0.25]]]);
  expect(panel.ranks).toEqual([{ first: 0, second: 1, success: -1, compliance: null }]);
});

test('the order of observations changes no figure', () => {
  const items = ['u1', 'u2', 'u3', 'u4'].flatMap((user, index) => [task(user, [['right', index % 2 === 0 ? 'right' : 'wrong']]), turn(user, [['followed', 'violated']], { rule: 'bullets', ruled: index < 2 })]);
  const of = (chosen: RepeatedItem[]): JudgeObservations => ({ judge: { model: 'm', panel: [], promptHash: 'aa', parserVersion: 2 }, repeats: 2, items: chosen, pairs: [], blindness: { questions: 1, naming: 0, dialogues: 0 } });
  const parts = { source: 'run', seed: 1, methods: ['m'], anchors: { passed: true, groups: [] }, labels: [] } as const;
  expect(judgeCheckOf(of([...items].reverse()), parts)).toEqual(judgeCheckOf(of(items), parts));
});

describe('labels', () => {
  let file: string;
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'attune-labels-'));
    file = join(dir, 'labels.csv');
  });
  afterEach(() => rm(dir, { recursive: true }));

  test('CSV with quotes and JSON lines say the same', async () => {
    await writeFile(file, '\uFEFFmethod,user,session,turn,preference,label\r\n"a, b",u1,0,,,1\r\n\r\nrag,u2,3,1,rf_001,not_applicable');
    const expected = [
      { method: 'a, b', userId: 'u1', session: 0, about: null, truth: 'right' },
      { method: 'rag', userId: 'u2', session: 3, about: { turn: 1, preference: 'rf_001' }, truth: 'not_applicable' },
    ];
    expect((await readLabels(file)).map(({ line: _, ...label }) => label)).toEqual(expected);
    await writeFile(file, '{"method":"a, b","user":"u1","session":0,"label":1}\n{"method":"rag","user":"u2","session":"3","turn":1,"preference":"rf_001","label":"not_applicable"}\n');
    expect((await readLabels(file)).map(({ line: _, ...label }) => label)).toEqual(expected);
  });

  test.each([
    ['method,user\na,b', /labels\.csv:1: the first line should be method,user,session,turn,preference,label .* found no column session, turn, preference, label/],
    [`${HEADER}\na,u,0,,,2`, /labels\.csv:2: the label of a task should be 1/],
    [`${HEADER}\na,u,0,0,p,good`, /labels\.csv:2: the label of a preference should be followed, violated, not_applicable, found "good"/],
    [`${HEADER}\na,u,x,,,1`, /labels\.csv:2: the session should be a whole number from 0, found "x"/],
    [`${HEADER}\na,u,0,,1`, /labels\.csv:2: should have 6 cells, found 5/],
    [`${HEADER}\na,u,0,,,1\na,u,0,,,0`, /labels\.csv:3: labels again what line 2 labels/],
    [`${HEADER}\n`, /should hold at least one label/],
    ['{"method":"a"', /labels\.csv:1: should be one JSON object, found text that is no JSON/],
  ])('%j is refused', async (text, message) => {
    await writeFile(file, text);
    await expect(readLabels(file)).rejects.toThrow(message);
  });

  test('sensitivity and specificity are over what both call applicable; a missing verdict is in no figure', () => {
    const item = (truth: string, said: string | null, modelSaid = said) => ({ userId: 'u', truth, verdict: said === null ? null : { said, modelSaid: modelSaid!, certainty: 0.8 } });
    const figures = labelFigures('turns', [item('followed', 'followed'), item('followed', 'violated'), item('violated', 'violated', 'followed'), item('violated', 'not_applicable'), item('not_applicable', 'not_applicable'), item('followed', null)]);
    expect(figures).toMatchObject({ labels: 6, unscored: 1, accuracy: 3 / 5, positives: 2, truePositives: 1, negatives: 1, trueNegatives: 1 });
    // Of five answers at 0.8 the model itself, before rules decided, had two right.
    expect(figures.calibrationError).toBeCloseTo(0.4, 12);
  });
});

test('users that are alike in themselves and differ from each other count for less', () => {
  expect(designEffect([{ items: 10, positive: 10 }, { items: 10, positive: 0 }, { items: 10, positive: 10 }, { items: 10, positive: 0 }])).toBeCloseTo(40 / 3, 10);
  expect(designEffect([{ items: 10, positive: 5 }, { items: 10, positive: 5 }])).toBe(1);
  expect(designEffect([{ items: 10, positive: 10 }])).toBe(1);
});

const HEADER = 'method,user,session,turn,preference,label';

function task(userId: string, said: (string | null)[][]): RepeatedItem {
  return { about: 'task', method: 'm', userId, session: 0, said, turn: null };
}

function turn(userId: string, said: (string | null)[][], changes: Partial<NonNullable<RepeatedItem['turn']>> = {}): RepeatedItem {
  return { about: 'turn', method: 'm', userId, session: 0, said, turn: { rule: '', ruled: null, firstHalf: said.map((answers) => answers.map(() => true)), otherMode: null, ...changes } };
}
