import { percent } from '../../../format.ts';
import { BOUNDS, type SelftestResult } from './selftest.ts';

/** What the self-test found, as text for a terminal. */
export function renderSelftest(result: SelftestResult): string {
  const width = Math.max(...result.coverage.map(({ name }) => name.length));
  return [
    `${result.experiments} simulated experiments of each kind, seed ${result.seed}; five methods, four metrics, the same code as attune compare.`,
    '',
    `Coverage of 95 % intervals, to be ${percent(BOUNDS.coverage.low, 0)} to ${percent(BOUNDS.coverage.high, 0)} (percentile bootstrap with ${result.resamples} resamples beside it, not bounded)`,
    ...result.coverage.map(({ name, covered, bootstrapCovered, intervals }) => `  ${name.padEnd(width)}  ${percent(covered)}  (bootstrap ${percent(bootstrapCovered)}; ${intervals} intervals)`),
    '',
    `Any false difference where no method differs, to be at most ${percent(BOUNDS.falsePositiveRate, 0)}: ${percent(result.falsePositiveRate)}`,
    '',
    `Power against what the plan predicts, to be within ${percent(BOUNDS.power, 0)}`,
    ...result.power.map(({ gap, predicted, observed }) => `  gap ${percent(gap)}  predicted ${percent(predicted)}  found ${percent(observed)}`),
    '',
    result.missed.length === 0 ? 'All bounds are kept.' : `Missed: ${result.missed.join('; ')}.`,
  ].join('\n');
}
