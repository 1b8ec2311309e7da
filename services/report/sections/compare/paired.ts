import { mean, sampleStandardDeviation } from 'simple-statistics';
import { percentileInterval, type ClusterBootstrap } from '../../statistics/cluster-bootstrap.ts';
import { cohenDz, hedgesFactor } from '../../statistics/effect-size.ts';
import type { Interval } from '../../statistics/interval.ts';
import { gapByFormula } from '../../statistics/power.ts';
import { pairedTTest } from '../../statistics/t-test.ts';
import { wilcoxonSignedRank } from '../../statistics/wilcoxon.ts';
import type { Grid } from './grid.ts';
import type { SessionValue } from './input.ts';

/** Each profile's value with one method: its sessions' `over` by their `per`; NaN for a profile without any. `keep` says which columns count. */
export function profileValues(grid: Grid, values: readonly (SessionValue | null)[], keep: (column: number) => boolean = () => true): Float64Array {
  const over = new Float64Array(grid.userIds.length);
  const per = new Float64Array(grid.userIds.length);
  grid.columns.forEach(({ profile }, column) => {
    const value = values[column];
    if (!value || !keep(column)) return;
    over[profile] = over[profile]! + value.over;
    per[profile] = per[profile]! + value.per;
  });
  return over.map((sum, profile) => (per[profile]! > 0 ? sum / per[profile]! : NaN));
}

/** For all pairs of methods: row a − row b for every profile that has both, over the sessions that were planned for both. */
export function pairing(grid: Grid, values: readonly (readonly (SessionValue | null)[])[]): Pairing {
  const profiles = values.map((ofMethod) => profileValues(grid, ofMethod));
  const both = (a: number, b: number) => (column: number) => grid.columns[column]!.cells[a] !== undefined && grid.columns[column]!.cells[b] !== undefined;
  return {
    profiles,
    differences: (a, b) =>
      grid.complete ? differencesOf(profiles[a]!, profiles[b]!) : differencesOf(profileValues(grid, values[a]!, both(a, b)), profileValues(grid, values[b]!, both(a, b))),
  };
}

/** a − b for every profile that has both. */
export function differencesOf(a: Float64Array, b: Float64Array): number[] {
  const differences: number[] = [];
  a.forEach((value, profile) => {
    const difference = value - b[profile]!;
    if (!Number.isNaN(difference)) differences.push(difference);
  });
  return differences;
}

/** The mean of the profiles' differences and whether it is zero. */
export function testMean(differences: readonly number[]): MeanTest {
  const t = pairedTTest(differences);
  return { profiles: differences.length, difference: differences.length === 0 ? null : mean([...differences]), interval: t?.interval ?? null, p: t ? t.p : withoutSpread(differences) };
}

/** The same with all that is said beside it. `tests` is the size of the test's family; `bootstrap` gives the resamples for this many profiles, null for none. */
export function testPaired(differences: readonly number[], { tests, bootstrap }: { tests: number; bootstrap: (profiles: number) => ClusterBootstrap | null }): PairedResult {
  const tested = testMean(differences);
  const { profiles } = tested;
  const dz = cohenDz(differences);
  const sd = tested.interval ? sampleStandardDeviation([...differences]) : null;
  const resampled = tested.interval ? bootstrap(profiles) : null;
  return {
    ...tested,
    bootstrap: resampled ? percentileInterval(resampled.means(differences)) : null,
    pWilcoxon: profiles === 0 ? null : (wilcoxonSignedRank(differences)?.p ?? 1),
    dz,
    gz: dz === null ? null : dz * hedgesFactor(profiles),
    smallestGap: sd === null ? null : gapByFormula(sd, profiles, tests),
  };
}

/** Equal differences have no t. If they are not zero Wilcoxon's test still knows that all point the same way. */
function withoutSpread(differences: readonly number[]): number | null {
  return differences.length < 2 ? null : (wilcoxonSignedRank(differences)?.p ?? 1);
}

export interface Pairing {
  /** By row: each profile's value over all sessions of that method. */
  readonly profiles: readonly Float64Array[];
  readonly differences: (a: number, b: number) => number[];
}

export interface MeanTest {
  readonly profiles: number;
  readonly difference: number | null;
  readonly interval: Interval | null;
  readonly p: number | null;
}

export interface PairedResult extends MeanTest {
  readonly bootstrap: Interval | null;
  readonly pWilcoxon: number | null;
  readonly dz: number | null;
  readonly gz: number | null;
  readonly smallestGap: number | null;
}
