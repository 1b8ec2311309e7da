import { arrowOf, fixed, formatEstimate, unitOf } from '../format.ts';
import { METRIC_GROUPS, type MetricGroup } from '../metrics/metric.ts';
import type { ReportModel } from '../model.ts';
import type { DataTable } from './data-table.ts';

/** Every metric of a group, a column for each method. */
export function metricTable({ metrics, methods }: ReportModel, group: MetricGroup): DataTable {
  return {
    columns: [{ label: 'Metric' }, { label: 'Unit', text: true }, ...methods.map(({ name }) => ({ label: name })), { label: 'Meaning', text: true }],
    rows: metrics
      .filter((metric) => metric.group === group)
      .map((metric) => [
        `${metric.label} ${arrowOf(metric)}`.trim(),
        unitOf(metric),
        ...methods.map(({ estimates }) => {
          const estimate = estimates[metric.id];
          return estimate && estimate.value !== null ? formatEstimate(metric, estimate) : null;
        }),
        metric.about,
      ]),
  };
}

/** Headings that have a metric in this report. */
export function metricGroups({ metrics }: ReportModel): MetricGroup[] {
  return METRIC_GROUPS.filter((group) => metrics.some((metric) => metric.group === group));
}

/** Faults that did not end a session; without a row when there was none. */
export function faultTable({ methods }: ReportModel): DataTable {
  return {
    columns: [{ label: 'Method' }, { label: 'Fault', text: true }, { label: 'Times' }],
    rows: methods.flatMap((method) => method.faults.map(({ kind, count }) => [method.name, kind, fixed(count, 0)])),
  };
}
