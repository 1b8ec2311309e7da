import { FEWER_RESAMPLES, type Estimator } from '../../metrics/estimator.ts';
import { readSessionSums, type ProfileSums } from '../../metrics/profile-sums.ts';
import type { Metric } from '../../metrics/sql-metric.ts';
import type { RunRecords } from '../../records/open-records.ts';
import { profileSlopes } from '../../statistics/slope.ts';
import type { CurvesSection, MethodCurve, Slope } from './model.ts';

/** Learning curves of all metrics that have one. Each profile has one session of an index, so bands over profiles are bands over sessions too. */
export async function curvesSection(records: RunRecords, metrics: readonly Metric[], estimator: Estimator): Promise<CurvesSection> {
  const drawn = metrics.filter(({ curve }) => curve);
  const curves = new Map<string, MethodCurve[]>(drawn.map(({ id }) => [id, []]));
  for (const [index, { name: method }] of records.manifest.methods.entries()) {
    const sums = await readSessionSums(records, index, drawn);
    for (const { id } of drawn) {
      const points = sums.get(id)!;
      curves.get(id)!.push({ method, points: points.map((point) => estimator.estimate(estimator.ofSums(point, FEWER_RESAMPLES))), slope: slopeOf(points, records.inputs.profiles.length, estimator) });
    }
  }
  return { sessions: records.manifest.plan.sessionsPerTrajectory, curves: [...curves].map(([metric, methods]) => ({ metric, methods })) };
}

function slopeOf(points: readonly ProfileSums[], profiles: number, estimator: Estimator): Slope {
  const values = Array.from({ length: profiles }, (_, user) => points.map(({ over, per }) => (per[user]! > 0 ? over[user]! / per[user]! : null)));
  const slopes = profileSlopes(values);
  const known = slopes.filter((slope) => slope !== null).length;
  const sums = { over: Float64Array.from(slopes, (slope) => slope ?? 0), per: Float64Array.from(slopes, (slope) => (slope === null ? 0 : 1)), n: known };
  const { value, interval } = estimator.estimate(estimator.ofSums(sums));
  return { value, interval, profiles: known };
}
