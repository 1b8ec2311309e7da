import { describe, expect, test } from 'vitest';
import { compareMethods } from '../compare.ts';
import { renderSelftest } from './render-selftest.ts';
import { BOUNDS, runSelftest } from './selftest.ts';
import { NO_EFFECT, simulateExperiment, trueDifferences, type SimulatedDesign } from './simulate.ts';

const DESIGN: SimulatedDesign = { profiles: 4000, sessions: 8, effects: [NO_EFFECT, { success: 0.1, logTokens: -0.15, enforcements: 0.7 }] };

describe('simulated experiments', () => {
  test('their differences are those that the closed form says', () => {
    const model = compareMethods(simulateExperiment(DESIGN, 3), { resamples: 0, sensitivity: false });
    const truth = trueDifferences(DESIGN, 1);
    for (const { metric, difference, interval } of model.differences) {
      // Within two widths of a 95 % interval; the widths are below a tenth of the differences.
      const width = interval!.high - interval!.low;
      expect(Math.abs(difference! - truth[metric]!)).toBeLessThan(width);
      expect(width).toBeLessThan(Math.abs(truth[metric]!) / 2);
    }
  });

  test('the same seed gives the same experiment, another one another', () => {
    const small = { ...DESIGN, profiles: 3 };
    expect(simulateExperiment(small, 1)).toEqual(simulateExperiment(small, 1));
    expect(simulateExperiment(small, 1)).not.toEqual(simulateExperiment(small, 2));
  });
});

describe('runSelftest', () => {
  test('200 experiments of each kind keep all bounds', () => {
    const seen: number[] = [];
    const result = runSelftest({ experiments: 200, seed: 1, onProgress: (done, total) => seen.push(done / total) });
    expect(result.missed).toEqual([]);
    expect(result.coverage.map(({ name }) => name)).toEqual(['success', 'timeout_rate', 'user_tokens', 'enforcements', '12 profiles', '30 profiles', '60 profiles']);
    expect(seen.at(-1)).toBe(1);
    const text = renderSelftest(result);
    expect(text).toContain('All bounds are kept.');
    // What the interval is there for: from twelve profiles the percentile bootstrap does not hold what it says.
    expect(result.coverage.find(({ name }) => name === '12 profiles')!.bootstrapCovered).toBeLessThan(BOUNDS.coverage.low);
  });
});
