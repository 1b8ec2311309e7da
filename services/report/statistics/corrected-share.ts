import { normalQuantile } from './distributions.ts';
import { COVERAGE, type Interval } from './interval.ts';

/**
 * The true share behind a judge that errs: θ = (p + q0 − 1) / (q0 + q1 − 1) (W. J. Rogan and B. Gladen, American Journal of Epidemiology 107, 1978), with p the share the
 * judge called positive, q0 its specificity and q1 its sensitivity, both from a labelled sample. The interval carries the chance in both samples, with the added
 * pseudo-cases and the shift of C. Lee et al. (arXiv 2511.21140), which keep its coverage where a rate is near 0 or 1. Both are cut to 0 to 1.
 *
 * Refused ("near_chance") when the labels do not show that q0 + q1 − 1 is above LEAST_SKILL: what is divided by there is mostly noise. Refused ("no_labels") when one kind
 * of label is absent, and ("no_verdicts") without anything judged. Throws RangeError for counts that cannot be.
 */
export function correctedShare(judged: JudgedSample, labels: LabelledSample, coverage: number = COVERAGE): CorrectedShare | RefusedCorrection {
  const { designEffect = 1 } = judged;
  checkCounts(judged.positive, judged.items);
  checkCounts(labels.trueNegatives, labels.negatives);
  checkCounts(labels.truePositives, labels.positives);
  if (!(designEffect >= 1)) throw new RangeError(`A design effect is at least 1, found ${designEffect}.`);
  if (labels.negatives === 0 || labels.positives === 0) return { refused: 'no_labels', skill: null };
  if (judged.items === 0) return { refused: 'no_verdicts', skill: null };

  const specificity = labels.trueNegatives / labels.negatives;
  const sensitivity = labels.truePositives / labels.positives;
  const z = normalQuantile((1 + coverage) / 2);
  const [q0, m0] = [(labels.trueNegatives + 1) / (labels.negatives + 2), labels.negatives + 2];
  const [q1, m1] = [(labels.truePositives + 1) / (labels.positives + 2), labels.positives + 2];
  const [v0, v1] = [(q0 * (1 - q0)) / m0, (q1 * (1 - q1)) / m1];
  const skill = q0 + q1 - 1;
  const surely = skill - z * Math.sqrt(v0 + v1);
  if (!(surely > LEAST_SKILL)) return { refused: 'near_chance', skill: specificity + sensitivity - 1 };

  const raw = judged.positive / judged.items;
  const items = judged.items / designEffect;
  const [p, n] = [(items * raw + (z * z) / 2) / (items + z * z), items + z * z];
  const theta = (p + q0 - 1) / skill;
  const shift = 2 * z * z * (theta * v1 - (1 - theta) * v0);
  const reach = (z * Math.sqrt((p * (1 - p)) / n + (1 - theta) ** 2 * v0 + theta ** 2 * v1)) / skill;
  return {
    refused: null,
    raw,
    value: clip((raw + specificity - 1) / (specificity + sensitivity - 1)),
    interval: { low: clip(theta + shift - reach), high: clip(theta + shift + reach) },
    specificity,
    sensitivity,
  };
}

/** q0 + q1 − 1 is 1 for a judge without error and 0 for a coin; the lower end of its interval has to be above this. */
export const LEAST_SKILL = 0.1;

function checkCounts(part: number, whole: number): void {
  if (!(part >= 0 && part <= whole)) throw new RangeError(`Expected a count from 0 to ${whole}, found ${part}.`);
}

function clip(share: number): number {
  return Math.max(0, Math.min(1, share));
}

export interface JudgedSample {
  /** Items that the judge called positive, of all that it judged. */
  readonly positive: number;
  readonly items: number;
  /**
   * How many times the variance of the share is that of as many independent items: above 1 when items come in clusters (turns of one user), else 1.
   */
  readonly designEffect?: number;
}

/** What the judge said of items whose truth is known. */
export interface LabelledSample {
  /** Truly positive items, and those of them that the judge called positive. */
  readonly positives: number;
  readonly truePositives: number;
  /** Truly negative items, and those of them that the judge called negative. */
  readonly negatives: number;
  readonly trueNegatives: number;
}

export interface CorrectedShare {
  readonly refused: null;
  /** As judged. */
  readonly raw: number;
  /** Corrected. */
  readonly value: number;
  readonly interval: Interval;
  readonly specificity: number;
  readonly sensitivity: number;
}

export interface RefusedCorrection {
  readonly refused: 'near_chance' | 'no_labels' | 'no_verdicts';
  /** q0 + q1 − 1 as observed; null without labels of both kinds. */
  readonly skill: number | null;
}
