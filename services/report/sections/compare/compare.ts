import { createClusterBootstrap, RESAMPLES, type ClusterBootstrap } from '../../statistics/cluster-bootstrap.ts';
import { holm } from '../../statistics/holm.ts';
import { pairedTTest } from '../../statistics/t-test.ts';
import { ALPHA, FAMILY, SUCCESS, type ComparedMetric } from './family.ts';
import { flipsOf } from './flips.ts';
import { createGrid, fillIn, measured, type Grid } from './grid.ts';
import type { CompareInput } from './input.ts';
import type { CompareAbout, CompareCounts, CompareDifference, CompareLevel, CompareModel } from './model.ts';
import { pairing, testPaired } from './paired.ts';
import { sensitivityOf } from './sensitivity.ts';
import { tiedSets } from './tied-sets.ts';
import { verdictOf } from './verdict.ts';

/**
 * Compares every method with the baseline (spec: algorithm.md 7.5). The unit is the profile: each profile has one value with each method, its mean over the planned
 * sessions with missing and failed ones counted as failures, and what is tested are the differences of these. Two-sided, Holm-corrected over the pre-registered family.
 *
 * Pure: the order of the sessions does not matter, and equal input gives an equal model. Throws `invalid_argument` for input that does not fit together.
 */
export function compareMethods(input: CompareInput, options: CompareOptions = {}): CompareModel {
  const grid = createGrid(input);
  const others = grid.methods.flatMap((method, row) => (row === grid.baseline ? [] : [{ method, row }]));
  const tests = others.length * FAMILY.length;
  const extra = (options.exploratory ?? []).filter(({ id }) => !FAMILY.some((known) => known.id === id));
  const bootstrap = shareBootstraps(options);

  const test = (metric: ComparedMetric, size: number) => {
    const values = fillIn(grid, metric);
    const pairs = pairing(grid, values);
    const results = others.map(({ row }) => testPaired(pairs.differences(row, grid.baseline), { tests: size, bootstrap }));
    return { metric, values, pairs, results };
  };
  const family = FAMILY.map((metric) => test(metric, tests));
  const exploratory = extra.map((metric) => test(metric, others.length));
  const corrected = [
    ...chunk(holm(family.flatMap(({ results }) => results.map(({ p }) => p))), others.length),
    ...exploratory.map(({ results }) => holm(results.map(({ p }) => p))),
  ];
  const all = [...family, ...exploratory].map((entry, index) => ({ ...entry, pHolm: corrected[index] ?? [] }));
  const isShown = (id: string) => options.show === undefined || options.show.includes(id);
  const shown = all.filter(({ metric }) => isShown(metric.id));
  const success = family.find(({ metric }) => metric.id === SUCCESS)!;

  return {
    baseline: input.baseline,
    methods: grid.methods,
    profiles: grid.userIds.length,
    family: { name: `methods against ${input.baseline} × ${FAMILY.map(({ label }) => label.toLowerCase()).join(', ')}`, metrics: FAMILY.map(({ id }) => id), tests, correction: 'Holm', alpha: ALPHA },
    about: aboutOf(options.resamples ?? RESAMPLES),
    levels: shown.flatMap(({ metric, pairs }) => pairs.profiles.map((values, row) => levelOf(grid.methods[row]!, metric.id, values))),
    metrics: shown.map(({ metric: { id, label, unit, direction } }) => ({ id, label, unit, direction, inFamily: FAMILY.some((known) => known.id === id) })),
    differences: shown.flatMap(({ metric, results, pHolm }) =>
      others.map(({ method }, index): CompareDifference => {
        const p = pHolm[index] ?? null;
        return { method, metric: metric.id, ...results[index]!, pHolm: p, verdict: verdictOf(metric, results[index]!, p) };
      }),
    ),
    flips: others.map(({ row }) => flipsOf(grid, success.values, row)),
    tied: shown.map(({ metric, pairs }) => tiedSets(metric, grid.methods, pairs, input.controls)),
    sensitivity: options.sensitivity === false ? [] : sensitivityOf(grid, all, isShown),
    counts: grid.methods.map((method, row) => countsOf(grid, method, row)),
  };
}

/** Metrics and methods with values for the same number of profiles meet the same resamples. */
function shareBootstraps({ resamples = RESAMPLES }: CompareOptions): (profiles: number) => ClusterBootstrap | null {
  const drawn = new Map<number, ClusterBootstrap>();
  return (profiles) => {
    if (resamples === 0) return null;
    let found = drawn.get(profiles);
    if (!found) drawn.set(profiles, (found = createClusterBootstrap(profiles, { seed: SEED, resamples })));
    return found;
  };
}

/** Of the resamples; the same in every comparison. */
const SEED = 20_260_314;

function aboutOf(resamples: number): CompareAbout {
  return {
    interval: '95 % interval of the mean difference over profiles from the paired t distribution, the one that holds its coverage for few profiles; it leaves out zero exactly where the uncorrected p is below 0.05.',
    bootstrap:
      resamples === 0
        ? 'No bootstrap was asked for.'
        : `95 % percentile interval from ${resamples} resamples of whole profiles, seed ${SEED}; for a second opinion, since from fewer than about 40 profiles it is too narrow.`,
    p: 'Two-sided paired t-test over profiles; where all profiles differ by the same amount, Wilcoxon’s signed-rank test. pHolm is corrected over the whole family, whatever part of it is shown.',
    failures:
      'Missing sessions and sessions that ended by an error count as failures: no success, a timeout, and as many user tokens and enforcements as the worst session of the same user. Unscored tasks are in no mean.',
    tied: 'A set of methods is tied when no two of them differ after Holm’s correction over all pairs of methods in that metric, and no further method can be added; methods without a value are in none.',
  };
}

function levelOf(method: string, metric: string, values: Float64Array): CompareLevel {
  const known = [...values].filter((value) => !Number.isNaN(value));
  // One sample against zero is the paired test with nothing on the other side.
  return { method, metric, mean: known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length, interval: pairedTTest(known)?.interval ?? null, profiles: known.length };
}

function countsOf({ columns }: Grid, method: string, row: number): CompareCounts {
  const count = (holds: (cell: Grid['columns'][number]['cells'][number]) => boolean) => columns.filter(({ cells }) => holds(cells[row])).length;
  return {
    method,
    sessions: count((cell) => cell !== undefined),
    missing: count((cell) => cell?.state === 'missing'),
    failed: count((cell) => cell?.state === 'failed'),
    runaway: count((cell) => cell?.runaway ?? false),
    unscored: count((cell) => cell?.state === 'finished' && measured(cell, { id: SUCCESS }) === null),
  };
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

export interface CompareOptions {
  /** Metrics looked at beside the family; ids of the family among them are ignored. */
  readonly exploratory?: readonly ComparedMetric[];
  /** Ids of the metrics to show; all unless told. What is not shown still counts in the family. */
  readonly show?: readonly string[];
  /** Of the bootstrap; 10,000 unless told, 0 for none. */
  readonly resamples?: number;
  /** False leaves the sensitivity out. */
  readonly sensitivity?: boolean;
}
