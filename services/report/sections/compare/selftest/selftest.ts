import { seedFrom } from '../../../../platform/random.ts';
import { powerFor, type PowerDesign } from '../../../statistics/power.ts';
import { compareMethods } from '../compare.ts';
import { ALPHA, FAMILY, SUCCESS } from '../family.ts';
import type { CompareModel } from '../model.ts';
import { assumedSpread, NO_EFFECT, simulateExperiment, trueDifferences, type Effect, type SimulatedDesign } from './simulate.ts';

/**
 * Whether the comparison keeps its promises: runs it on simulated experiments whose truth is known. Intervals have to cover the truth in 93 to 97 %; with no method
 * different from another, any difference at all may be called in at most 6 % of experiments; and a real gap has to be found as often as `power.ts` predicts, within
 * 5 points. The same seed and number of experiments give the same result.
 */
export function runSelftest({ experiments, seed = 1, onProgress = () => {} }: SelftestOptions): SelftestResult {
  const total = experiments * (2 + GAPS.length);
  let done = 0;
  const each = (scenario: string, design: (index: number) => SimulatedDesign, resamples: number, look: (model: CompareModel, design: SimulatedDesign) => void) => {
    for (let index = 0; index < experiments; index += 1) {
      const made = design(index);
      look(compareMethods(simulateExperiment(made, seedFrom(scenario, seed, index)), { resamples, sensitivity: false }), made);
      onProgress((done += 1), total);
    }
  };

  const coverage = new Map<string, CoverageCount>();
  each('effects', (index) => ({ ...SIZES[index % SIZES.length]!, effects: EFFECTS }), RESAMPLES, (model, design) => {
    for (const found of model.differences) {
      const truth = trueDifferences(design, model.methods.indexOf(found.method))[found.metric]!;
      for (const name of [found.metric, `${design.profiles} profiles`]) {
        const count = coverage.get(name) ?? { intervals: 0, held: 0, bootstrap: 0 };
        count.intervals += found.interval ? 1 : 0;
        count.held += holds(found.interval, truth) ? 1 : 0;
        count.bootstrap += holds(found.bootstrap, truth) ? 1 : 0;
        coverage.set(name, count);
      }
    }
  });

  let falseFamilies = 0;
  each('null', (index) => ({ ...SIZES[index % SIZES.length]!, effects: EFFECTS.map(() => NO_EFFECT) }), 0, (model) => {
    if (model.differences.some(({ pHolm }) => pHolm !== null && pHolm < ALPHA)) falseFamilies += 1;
  });

  const power = GAPS.map((gap) => {
    let shown = 0;
    each(`gap ${gap}`, () => oneGap(gap), 0, (model) => {
      if (model.differences.some(({ metric, method, verdict }) => metric === SUCCESS && method === GAP_METHOD && verdict === 'better')) shown += 1;
    });
    return { gap, predicted: powerFor(powerDesign(), gap, { experiments: 20_000, alpha: ALPHA }), observed: shown / experiments };
  });

  return judged({
    experiments,
    seed,
    resamples: RESAMPLES,
    coverage: [...FAMILY.map(({ id }) => id), ...SIZES.map(({ profiles }) => `${profiles} profiles`)].flatMap((name) => {
      const count = coverage.get(name);
      return count ? [{ name, intervals: count.intervals, covered: count.held / count.intervals, bootstrapCovered: count.bootstrap / count.intervals }] : [];
    }),
    falsePositiveRate: falseFamilies / experiments,
    power,
  });
}

export const BOUNDS = { coverage: { low: 0.93, high: 0.97 }, falsePositiveRate: 0.06, power: 0.05 };

/** Designs that coverage and false positives are looked at in: as small as people run, and as large as published. */
const SIZES = [
  { profiles: 12, sessions: 10 },
  { profiles: 30, sessions: 8 },
  { profiles: 60, sessions: 6 },
];

const EFFECTS: readonly Effect[] = [
  NO_EFFECT,
  { success: 0.1, logTokens: -0.15, enforcements: 0.7 },
  { success: 0.03, logTokens: 0.05, enforcements: 1.1 },
  { success: -0.08, logTokens: 0.2, enforcements: 1.4 },
  NO_EFFECT,
];

/** Gaps in success that 40 profiles with 10 sessions show in about half and in four fifths of all cases. */
const GAPS = [0.098, 0.126];
/** Who has the gap. */
const GAP_METHOD = 'method-1';
/** Of the percentile bootstrap, which is looked at beside the interval; fewer than a report draws, to save time. */
const RESAMPLES = 400;

function oneGap(gap: number): SimulatedDesign {
  return { profiles: 40, sessions: 10, effects: EFFECTS.map((_, index) => (index === 1 ? { ...NO_EFFECT, success: gap } : NO_EFFECT)) };
}

function powerDesign(): PowerDesign {
  const { profiles, sessions, effects } = oneGap(0);
  return { methods: effects.length, metrics: FAMILY.length, profiles, sessions, spread: assumedSpread() };
}

function holds(interval: { low: number; high: number } | null, truth: number): boolean {
  return interval !== null && interval.low <= truth && truth <= interval.high;
}

function judged(result: Omit<SelftestResult, 'missed'>): SelftestResult {
  const { coverage, falsePositiveRate, power } = BOUNDS;
  return {
    ...result,
    missed: [
      ...result.coverage.filter(({ covered }) => !(covered >= coverage.low && covered <= coverage.high)).map(({ name, covered }) => `intervals of ${name} cover ${points(covered)}`),
      ...(result.falsePositiveRate <= falsePositiveRate ? [] : [`false positives in ${points(result.falsePositiveRate)} of families`]),
      ...result.power.filter(({ predicted, observed }) => Math.abs(predicted - observed) > power).map(({ gap, predicted, observed }) => `a gap of ${gap} found in ${points(observed)}, not in ${points(predicted)}`),
    ],
  };
}

function points(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

interface CoverageCount {
  intervals: number;
  held: number;
  bootstrap: number;
}

export interface SelftestOptions {
  /** Of each kind: real differences of all methods, none at all, one gap (of two sizes). */
  readonly experiments: number;
  readonly seed?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface SelftestResult {
  readonly experiments: number;
  readonly seed: number;
  readonly resamples: number;
  /** By metric, then by number of profiles. */
  readonly coverage: readonly { readonly name: string; readonly intervals: number; readonly covered: number; readonly bootstrapCovered: number }[];
  /** Share of experiments without any real difference in which one was called. */
  readonly falsePositiveRate: number;
  readonly power: readonly { readonly gap: number; readonly predicted: number; readonly observed: number }[];
  /** Bounds that were missed; empty when all is well. */
  readonly missed: readonly string[];
}
