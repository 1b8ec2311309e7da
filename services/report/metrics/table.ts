import { COST_METRICS } from './cost-metrics.ts';
import { EFFORT_METRICS } from './effort-metrics.ts';
import { MEMORY_METRICS } from './memory-metrics.ts';
import type { MetricInfo } from './metric.ts';
import { OUTCOME_METRICS } from './outcome-metrics.ts';
import { PREFERENCE_METRICS } from './preference-metrics.ts';
import { QUALITY_METRICS } from './quality-metrics.ts';
import type { Metric } from './sql-metric.ts';

/** Every metric of a report, in the order it is shown (spec: algorithm.md 7.2). */
export const METRICS: readonly Metric[] = [...OUTCOME_METRICS, ...EFFORT_METRICS, ...PREFERENCE_METRICS, ...MEMORY_METRICS, ...COST_METRICS, ...QUALITY_METRICS];

/** The metric with this id; throws RangeError for an id that is not in the table. */
export function metricOf(id: string): Metric {
  const metric = METRICS.find((candidate) => candidate.id === id);
  if (!metric) throw new RangeError(`Expected one of ${METRICS.map((known) => known.id).join(', ')}, found ${id}.`);
  return metric;
}

/** What a report says of a metric, without how it is computed. */
export function infoOf({ id, label, unit, direction, kind, group, about, headline, curve, clock }: Metric): MetricInfo {
  return { id, label, unit, direction, kind, group, about, headline: headline ?? false, curve: curve ?? false, clock: clock ?? false };
}
