import type { RunRecords } from '../records/open-records.ts';
import type { Difference, Estimate } from './metric.ts';
import type { Estimator, Resampled } from './estimator.ts';
import { readProfileSums, readSortedValues, type ProfileSums } from './profile-sums.ts';
import type { Metric } from './sql-metric.ts';

/** Every metric of every method, and its difference to the baseline; a baseline of null asks for no differences. */
export async function estimateMethods(records: RunRecords, metrics: readonly Metric[], estimator: Estimator, baseline: string | null): Promise<MethodEstimates[]> {
  const sums = await readProfileSums(records, metrics);
  const resampled: Map<string, Resampled>[] = [];
  for (const method of records.manifest.methods.keys()) {
    const found = new Map<string, Resampled>();
    for (const metric of metrics) found.set(metric.id, await resample(records, method, metric, sums[method]!.get(metric.id), estimator));
    resampled.push(found);
  }
  const base = records.manifest.methods.findIndex(({ name }) => name === baseline);
  return records.manifest.methods.map((_, method) => ({
    estimates: Object.fromEntries(metrics.map(({ id }) => [id, estimator.estimate(resampled[method]!.get(id)!)])),
    differences:
      base === -1 || base === method
        ? {}
        : Object.fromEntries(metrics.filter(({ kind }) => kind !== 'count').map(({ id }) => [id, estimator.difference(resampled[method]!.get(id)!, resampled[base]!.get(id)!)])),
  }));
}

async function resample(records: RunRecords, method: number, metric: Metric, sums: ProfileSums | undefined, estimator: Estimator): Promise<Resampled> {
  if (metric.kind === 'median' || metric.kind === 'trimmed_mean') return estimator.ofValues(metric.kind, await readSortedValues(records, method, metric));
  return metric.kind === 'count' ? estimator.ofCount(sums!) : estimator.ofSums(sums!);
}

export interface MethodEstimates {
  readonly estimates: Readonly<Record<string, Estimate>>;
  readonly differences: Readonly<Record<string, Difference>>;
}
