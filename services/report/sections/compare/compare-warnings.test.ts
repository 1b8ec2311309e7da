import { describe, expect, test } from 'vitest';
import { compareMethods } from './compare.ts';
import { judgeNoise, judgeNoiseWarning, underpoweredWarning } from './compare-warnings.ts';
import { sampleInput } from './sample-comparison.ts';

const BASE = Array.from({ length: 8 }, (_, profile) => [profile / 10]);
const shifted = (by: number, wobble: number) => BASE.map(([value], profile) => [value! + by + (profile % 2 === 0 ? wobble : -wobble)]);
const model = compareMethods(sampleInput({ base: BASE, close: shifted(0.01, 0.1), far: shifted(0.5, 0.1) }));

describe('underpoweredWarning', () => {
  test('names what was looked for and what could be seen, and not the gaps that were seen', () => {
    const text = underpoweredWarning(model)!;
    expect(text).toMatch(/^Underpowered: 8 profiles .*Task success \d+\.\d pp \(found \+1\.0 pp for close\)/);
    expect(text).not.toContain('far');
  });

  test('silent when every difference is clear', () => {
    expect(underpoweredWarning(compareMethods(sampleInput({ base: BASE, far: shifted(0.5, 0.01) })))).toBeNull();
  });
});

describe('judgeNoiseWarning', () => {
  test('a judge that changes its mind in a fifth of the cases moves a difference of 400 verdicts by 4.4 points', () => {
    expect(judgeNoise({ flipRate: 0.2, verdicts: 400 })).toBeCloseTo(1.959964 * Math.sqrt(0.2 / 400), 6);
    expect(judgeNoise({ flipRate: 0.2, verdicts: 0 })).toBeNull();
    expect(() => judgeNoise({ flipRate: 1.2, verdicts: 4 })).toThrow(/1\.2/);
  });

  test('names the differences within it, not those beyond', () => {
    const text = judgeNoiseWarning(model, [{ metric: 'success', flipRate: 0.2, verdicts: 400 }]);
    expect(text).toBe('Judge noise larger than the gap: asking the judge again could turn these differences round: Task success of close (+1.0 pp, noise ±4.4 pp).');
    expect(judgeNoiseWarning(model, [{ metric: 'success', flipRate: 0, verdicts: 400 }])).toBeNull();
    expect(judgeNoiseWarning(model, [])).toBeNull();
  });
});
