import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../platform/random.ts';
import { compareMethods } from './compare.ts';
import { FLIPS_LISTED } from './family.ts';
import type { CompareModel } from './model.ts';
import { sampleInput } from './sample-comparison.ts';
import { NO_EFFECT, simulateExperiment } from './selftest/simulate.ts';

/** The check vector of the paired t-test, one session a profile. */
const OURS = [0.6, 0.55, 0.7, 0.4, 0.65, 0.5, 0.45, 0.75].map((value) => [value]);
const THEIRS = [0.55, 0.5, 0.72, 0.35, 0.6, 0.52, 0.4, 0.7].map((value) => [value]);

describe('compareMethods', () => {
  test('the check vector comes through, corrected over the family', () => {
    const model = compareMethods(sampleInput({ base: THEIRS, ours: OURS }));
    const found = differenceOf(model, 'ours', 'success');
    expect(found.p).toBeCloseTo(0.025159, 5);
    // Four metrics with one and the same p.
    expect(found.pHolm).toBeCloseTo(4 * 0.025159, 5);
    expect(found.difference).toBeCloseTo(0.0325, 12);
    expect(found.verdict).toBe('unclear');
    expect(found.dz).toBeCloseTo(2.836833 / Math.sqrt(8), 5);
    expect(found.gz! / found.dz!).toBeCloseTo(1 - 3 / 27, 12);
    expect(found.interval!.low).toBeGreaterThan(0);
    expect(found.bootstrap!.low).toBeGreaterThan(found.interval!.low);
    expect(model.family).toMatchObject({ metrics: ['success', 'timeout_rate', 'user_tokens', 'enforcements'], tests: 4, correction: 'Holm', alpha: 0.05 });
    expect(model.levels.find(({ method, metric }) => method === 'base' && metric === 'success')).toMatchObject({ mean: expect.closeTo(0.5425, 12), profiles: 8 });
  });

  test('showing fewer metrics does not shrink the family', () => {
    const input = sampleInput({ base: THEIRS, ours: OURS });
    const all = compareMethods(input);
    const one = compareMethods(input, { show: ['user_tokens'] });
    expect(one.metrics.map(({ id }) => id)).toEqual(['user_tokens']);
    expect(one.differences).toEqual(all.differences.filter(({ metric }) => metric === 'user_tokens'));
    expect(one.tied).toHaveLength(1);
    expect(one.sensitivity[0]!.differences).toHaveLength(1);
    expect(one.flips).toEqual(all.flips);
  });

  test('an exploratory metric has a correction of its own and leaves the family alone', () => {
    const input = sampleInput({ base: THEIRS, ours: OURS });
    const metric = { id: 'compliance', label: 'Compliance', unit: 'share', direction: 'higher', failure: 'none' } as const;
    const withValues = { ...input, sessions: input.sessions.map((session) => ({ ...session, values: { ...session.values, compliance: session.values['success'] ?? null } })) };
    const model = compareMethods(withValues, { exploratory: [metric] });
    expect(model.metrics.at(-1)).toMatchObject({ id: 'compliance', inFamily: false });
    expect(differenceOf(model, 'ours', 'compliance').pHolm).toBeCloseTo(0.025159, 5);
    expect(differenceOf(model, 'ours', 'compliance').verdict).toBe('better');
    expect(model.differences.slice(0, 4)).toEqual(compareMethods(input).differences);
  });

  test('the order of the sessions and equal input change nothing', () => {
    const input = simulateExperiment({ profiles: 8, sessions: 3, effects: [NO_EFFECT, { ...NO_EFFECT, success: 0.1 }] }, 4);
    const model = compareMethods(input, { resamples: 200 });
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(compareMethods({ ...input, sessions: createRandom(seed).shuffle(input.sessions) }, { resamples: 200 })).toEqual(model);
      }),
      { numRuns: 5, seed: 20260314 },
    );
  });

  test('swapping baseline and method turns every difference round and keeps every p', () => {
    const input = simulateExperiment({ profiles: 10, sessions: 3, effects: [NO_EFFECT, { success: 0.1, logTokens: -0.3, enforcements: 0.5 }] }, 5);
    const [there, back] = [compareMethods(input, { resamples: 100 }), compareMethods({ ...input, baseline: 'method-1' }, { resamples: 100 })];
    there.differences.forEach((found, index) => {
      const other = back.differences[index]!;
      expect(other.difference).toBeCloseTo(-found.difference!, 12);
      expect(other.pHolm).toBeCloseTo(found.pHolm!, 10);
      expect(other.interval!.low).toBeCloseTo(-found.interval!.high, 10);
      expect([found.verdict, other.verdict].sort()).toEqual(found.verdict === 'unclear' ? ['unclear', 'unclear'] : ['better', 'worse']);
    });
    expect(back.flips[0]).toMatchObject({ lost: there.flips[0]!.won, won: there.flips[0]!.lost });
  });

  test('more tokens are worse, more success is better; under six profiles nothing is called', () => {
    const low = Array.from({ length: 6 }, (_, profile) => [profile / 100]);
    const high = low.map(([value]) => [value! + 0.5 + value! / 10]);
    const model = compareMethods(sampleInput({ low, high }));
    expect(model.differences.map(({ metric, verdict }) => [metric, verdict])).toEqual([['success', 'better'], ['timeout_rate', 'worse'], ['user_tokens', 'worse'], ['enforcements', 'worse']]);
    const few = compareMethods(sampleInput({ low: low.slice(0, 5), high: high.slice(0, 5) }));
    expect(few.differences.every(({ verdict, pHolm }) => verdict === 'unclear' && pHolm! < 0.05)).toBe(true);
    expect(few.tied[0]!.groups).toEqual([['high', 'low']]);
  });

  test('profiles that all differ by the same amount have no interval, and the p of the ranks', () => {
    const model = compareMethods(sampleInput({ base: repeat(8, [0]), ours: repeat(8, [1]), same: repeat(8, [0]) }));
    expect(differenceOf(model, 'ours', 'success')).toMatchObject({ difference: 1, interval: null, bootstrap: null, dz: null, smallestGap: null, p: 2 / 2 ** 8, pWilcoxon: 2 / 2 ** 8 });
    expect(differenceOf(model, 'same', 'success')).toMatchObject({ difference: 0, interval: null, p: 1, pHolm: 1, verdict: 'unclear' });
  });
});

describe('what is not there', () => {
  test('missing and failed sessions count as failures: with all errors forced success is 0 and n is unchanged', () => {
    const failed = repeat(7, [{ state: 'failed', value: 1 }, { state: 'missing' }] as const);
    const model = compareMethods(sampleInput({ base: Array.from({ length: 7 }, (_, profile) => [1, profile / 7]), broken: failed }));
    const level = (metric: string) => model.levels.find((entry) => entry.method === 'broken' && entry.metric === metric);
    expect(level('success')).toMatchObject({ mean: 0, profiles: 7 });
    expect(level('timeout_rate')).toMatchObject({ mean: 1, profiles: 7 });
    // The worst session of the same user, with any method.
    expect(level('user_tokens')).toMatchObject({ mean: 1, profiles: 7 });
    expect(model.counts).toEqual([
      { method: 'base', sessions: 14, missing: 0, failed: 0, runaway: 0, unscored: 0 },
      { method: 'broken', sessions: 14, missing: 7, failed: 7, runaway: 0, unscored: 0 },
    ]);
    const complete = model.sensitivity.find(({ id }) => id === 'complete_case')!;
    expect(complete.leftOut).toBe(14);
    expect(complete.differences[0]).toMatchObject({ profiles: 0, difference: null, p: null, pHolm: null, verdict: 'unclear' });
  });

  test('the worst session is one without a runaway message, where the user has one', () => {
    const base = repeat(6, [{ value: 900, runaway: true }, 50, 70]);
    const ours = repeat(6, [{ state: 'failed' }, 40, 60] as const);
    const model = compareMethods(sampleInput({ base, ours }));
    expect(model.levels.find(({ method, metric }) => method === 'ours' && metric === 'user_tokens')!.mean).toBe((70 + 40 + 60) / 3);
    const calm = model.sensitivity.find(({ id }) => id === 'without_runaway')!;
    expect(calm.leftOut).toBe(6);
    expect(calm.differences.find(({ metric }) => metric === 'user_tokens')).toMatchObject({ difference: -10 });
  });

  test('an unscored task is no failure', () => {
    const model = compareMethods(sampleInput({ base: repeat(6, [1, 1]), ours: repeat(6, [1, null]) }));
    expect(differenceOf(model, 'ours', 'success').difference).toBe(0);
    expect(model.counts[1]).toMatchObject({ unscored: 6, missing: 0 });
    expect(model.flips[0]).toMatchObject({ sessions: 6, both: 6 });
  });

  test('a session that was not planned for both is left out of the pair, not failed', () => {
    const model = compareMethods(sampleInput({ base: repeat(6, [1, 0]), ours: repeat(6, [1]) }));
    expect(differenceOf(model, 'ours', 'success').difference).toBe(0);
    expect(model.levels.map(({ mean }) => mean).slice(0, 2)).toEqual([0.5, 1]);
    expect(model.tied[0]!.pairs[0]!.difference).toBe(0);
    expect(model.counts[1]).toMatchObject({ sessions: 6, missing: 0 });
  });

  test('data sets are looked at one by one where there are several', () => {
    const sessions = (shift: number) => Array.from({ length: 6 }, (_, profile) => [{ value: 0.1 * profile, dataset: 'math' }, { value: 0.2 * profile + shift, dataset: 'code' }]);
    const model = compareMethods(sampleInput({ base: sessions(0), ours: sessions(0.5) }));
    expect(model.sensitivity.map(({ id }) => id)).toEqual(['complete_case', 'without_runaway', 'dataset:code', 'dataset:math']);
    const of = (id: string) => model.sensitivity.find((rule) => rule.id === id)!;
    expect(of('dataset:code')).toMatchObject({ leftOut: 6, differences: [{ difference: expect.closeTo(0.5, 12) }, {}, {}, {}] });
    expect(of('dataset:math').differences[0]!.difference).toBeCloseTo(0, 12);
    expect(compareMethods(sampleInput({ base: [[0], [1]], ours: [[1], [1]] })).sensitivity).toHaveLength(2);
  });

  test('input that does not fit together is refused in a sentence', () => {
    const input = sampleInput({ base: [[1]], ours: [[0]] });
    expect(() => compareMethods({ ...input, baseline: 'none' })).toThrow('The baseline should be one of base, ours, found "none".');
    expect(() => compareMethods({ ...input, methods: ['base'] })).toThrow(/at least two methods/);
    expect(() => compareMethods({ ...input, sessions: [...input.sessions, input.sessions[0]!] })).toThrow('Session 0 of user u-00 should be there once for base, found it twice.');
    expect(() => compareMethods({ ...input, methods: ['base', 'other'] })).toThrow(/found "ours"/);
    expect(compareMethods(input).differences[0]).toMatchObject({ profiles: 1, difference: -1, p: null, pHolm: null, pWilcoxon: 1 });
  });
});

describe('flips', () => {
  test('each pair of sessions is in one of four cells; the lost ones are named', () => {
    const model = compareMethods(sampleInput({ base: [[1, 1, 0, 0], [1, 0, 1, null]], now: [[1, 0, 1, 0], [0, 1, { state: 'failed' }, 1]] }));
    expect(model.flips).toEqual([
      {
        method: 'now', sessions: 7, both: 1, neither: 1, lost: 3, won: 2, pExact: 1, pMid: expect.closeTo(1 - 10 / 32, 12),
        lostSessions: [{ userId: 'u-00', session: 1 }, { userId: 'u-01', session: 0 }, { userId: 'u-01', session: 2 }],
      },
    ]);
  });

  test('long lists are cut, counts are not', () => {
    const model = compareMethods(sampleInput({ base: repeat(10, [1, 1, 1, 1, 1, 1, 1]), now: repeat(10, [0, 0, 0, 0, 0, 0, 0]) }));
    expect(model.flips[0]!.lost).toBe(70);
    expect(model.flips[0]!.lostSessions).toHaveLength(FLIPS_LISTED);
  });
});

function differenceOf(model: CompareModel, method: string, metric: string): CompareModel['differences'][number] {
  return model.differences.find((entry) => entry.method === method && entry.metric === metric)!;
}

function repeat<T>(times: number, item: T): T[] {
  return new Array<T>(times).fill(item);
}
