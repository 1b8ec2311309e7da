import { formatDifference } from '../../format.ts';
import { normalQuantile } from '../../statistics/distributions.ts';
import { COVERAGE } from '../../statistics/interval.ts';
import type { CompareModel } from './model.ts';

/**
 * One sentence when the comparison could hardly have shown gaps of the size that it found: for each metric of the family the unclear differences that are smaller than
 * the smallest gap it shows with 80 % power. Null when there are none.
 */
export function underpoweredWarning(model: CompareModel): string | null {
  const found = model.metrics.flatMap((metric) => {
    const small = model.differences.filter(
      ({ metric: id, verdict, difference, smallestGap }) => metric.inFamily && id === metric.id && verdict === 'unclear' && difference !== null && smallestGap !== null && Math.abs(difference) < smallestGap,
    );
    if (small.length === 0) return [];
    const gaps = small.map(({ smallestGap }) => smallestGap!);
    const range = [...new Set([Math.min(...gaps), Math.max(...gaps)].map((gap) => formatDifference(metric, gap).replace('+', '')))].join(' to ');
    return [`${metric.label} ${range} (found ${small.map(({ method, difference }) => `${formatDifference(metric, difference)} for ${method}`).join(', ')})`];
  });
  if (found.length === 0) return null;
  return `Underpowered: ${model.profiles} profiles show these gaps and larger ones with 80 % power, and no smaller ones: ${found.join('; ')}. "Unclear" there does not mean "equal"; attune plan says how many profiles a gap needs.`;
}

/**
 * One sentence for the differences in a judged share that are within what the judge's own indecision explains: asked again it gives another verdict in `flipRate` of
 * all cases, which moves a difference between two methods of `verdicts` verdicts each by about √(flipRate / verdicts). Null when all are larger, or nothing is known.
 */
export function judgeNoiseWarning(model: CompareModel, noise: readonly JudgeNoise[]): string | null {
  const found = noise.flatMap(({ metric: id, flipRate, verdicts }) => {
    const metric = model.metrics.find((known) => known.id === id);
    const reach = judgeNoise({ flipRate, verdicts });
    if (!metric || reach === null) return [];
    const within = model.differences.filter(({ metric: of, difference }) => of === id && difference !== null && difference !== 0 && Math.abs(difference) <= reach);
    return within.map(({ method, difference }) => `${metric.label} of ${method} (${formatDifference(metric, difference)}, noise ±${formatDifference(metric, reach).replace('+', '')})`);
  });
  return found.length === 0 ? null : `Judge noise larger than the gap: asking the judge again could turn these differences round: ${found.join('; ')}.`;
}

/** Half of a 95 % interval for what repeated judging alone does to the difference of two methods' shares; null without verdicts. */
export function judgeNoise({ flipRate, verdicts }: Pick<JudgeNoise, 'flipRate' | 'verdicts'>): number | null {
  if (!(flipRate >= 0 && flipRate <= 1)) throw new RangeError(`Expected a flip rate from 0 to 1, found ${flipRate}.`);
  if (verdicts === 0) return null;
  // Two answers differ with 2p(1 − p), so one answer has the variance flipRate / 2; there are two sides.
  return normalQuantile((1 + COVERAGE) / 2) * Math.sqrt(flipRate / verdicts);
}

export interface JudgeNoise {
  /** A metric of verdicts, e.g. "success". */
  readonly metric: string;
  /** Share of verdicts that change when the same judge is asked again, 0 to 1. */
  readonly flipRate: number;
  /** Verdicts behind each method's value. */
  readonly verdicts: number;
}
