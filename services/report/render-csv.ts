import type { Difference, Estimate, MetricInfo } from './metrics/metric.ts';
import type { MethodModel, ReportModel } from './model.ts';
import { csvOf, type Cell } from './tables/data-table.ts';

/**
 * metrics.csv, one value a line: `method,metric,session,value,low,high,n`. An empty session means all sessions; an empty value, low or high
 * means no data. n is the number of sessions behind the value (of profiles behind a derived metric, a slope or a tested difference). Shares are from 0 to 1.
 *
 * Differences to the baseline carry the metric's name followed by "_minus_" and the baseline: the tested ones are those of the comparison (mean of the
 * profiles' differences, interval of the paired t-test), the others are differences of the pooled values (bootstrap interval, no n). Slopes end in
 * "_slope". Conflict accuracy by wording and by group has the names `conflict_accuracy:adversarial` and `conflict_accuracy:group:<group>`.
 *
 * What was measured with a clock stands in times.csv, so that equal runs give equal files.
 */
export function renderCsv(model: ReportModel): string {
  const metrics = model.metrics.filter(({ clock }) => !clock);
  return csvOfLines(model.methods.flatMap((method) => [...levels(metrics, method), ...differences(metrics, model, method), ...curves(model, method), ...probes(model, method)]));
}

/** times.csv: the metrics of time and energy, as metrics.csv has the others; equal runs differ in them. */
export function renderTimes(model: ReportModel): string {
  const metrics = model.metrics.filter(({ clock }) => clock);
  return csvOfLines(model.methods.flatMap((method) => [...levels(metrics, method), ...differences(metrics, model, method)]));
}

function csvOfLines(rows: readonly Cell[][]): string {
  return csvOf({ columns: ['method', 'metric', 'session', 'value', 'low', 'high', 'n'].map((label) => ({ label })), rows });
}

function levels(metrics: readonly MetricInfo[], { name, estimates }: MethodModel): Cell[][] {
  return metrics.flatMap(({ id }) => (estimates[id] ? [line(name, id, null, estimates[id], estimates[id].n)] : []));
}

function differences(metrics: readonly MetricInfo[], { baseline, sections: { compare } }: ReportModel, method: MethodModel): Cell[][] {
  if (baseline === null || method.name === baseline) return [];
  return metrics.flatMap(({ id }) => {
    const tested = compare?.differences.find((one) => one.method === method.name && one.metric === id);
    if (tested) return [line(method.name, `${id}_minus_${baseline}`, null, { value: tested.difference, interval: tested.interval }, tested.profiles)];
    const pooled = method.differences[id];
    return pooled ? [line(method.name, `${id}_minus_${baseline}`, null, pooled, null)] : [];
  });
}

function curves({ sections }: ReportModel, { name }: MethodModel): Cell[][] {
  return sections.curves.curves.flatMap(({ metric, methods }) => {
    const own = methods.find(({ method }) => method === name);
    if (!own) return [];
    return [...own.points.map((point, session) => line(name, metric, session, point, point.n)), line(name, `${metric}_slope`, null, own.slope, own.slope.profiles)];
  });
}

function probes({ sections }: ReportModel, { name }: MethodModel): Cell[][] {
  const parts = sections.probes?.cells.filter(({ method, variant, group }) => method === name && (variant === null) !== (group === null)) ?? [];
  return parts.map(({ variant, group, accuracy }) => line(name, `conflict_accuracy:${variant ?? `group:${group ?? ''}`}`, null, accuracy, accuracy.n));
}

function line(method: string, metric: string, session: number | null, { value, interval }: Pick<Estimate, 'value'> & Pick<Difference, 'interval'>, n: number | null): Cell[] {
  return [method, metric, session, value, interval?.low ?? null, interval?.high ?? null, n];
}
