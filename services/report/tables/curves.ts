import { fixed, formatEstimate, scaleOf } from '../format.ts';
import type { MetricInfo } from '../metrics/metric.ts';
import type { ReportModel } from '../model.ts';
import type { Slope } from '../sections/curves/model.ts';
import { columnsOf, withText, type DataTable } from './data-table.ts';

/** How fast each metric changes from one session to the next: a row for each metric, a column for each method. */
export function slopeTable({ methods, metrics, sections: { curves } }: ReportModel): DataTable {
  return {
    columns: withText(columnsOf('Metric', 'Unit', ...methods.map(({ name }) => name)), 'Unit'),
    rows: curves.curves.flatMap((curve) => {
      const metric = metrics.find(({ id }) => id === curve.metric);
      return metric ? [[metric.label.replace(/ per session$/, ''), slopeUnit(metric), ...methods.map(({ name }) => slopeText(metric, curve.methods.find(({ method }) => method === name)?.slope))]] : [];
    }),
  };
}

/** Where each curve starts and ends. */
export function endsTable({ methods, metrics, sections: { curves } }: ReportModel): DataTable {
  const last = curves.sessions - 1;
  return {
    columns: columnsOf('Metric', 'Method', 'Session 0', `Session ${last}`, 'Slope'),
    rows: curves.curves.flatMap((curve) => {
      const metric = metrics.find(({ id }) => id === curve.metric);
      if (!metric) return [];
      return methods.flatMap(({ name }) => {
        const own = curve.methods.find(({ method }) => method === name);
        if (!own) return [];
        const at = (session: number) => (own.points[session] ? formatEstimate(metric, own.points[session]) : null);
        return [[metric.label, name, at(0), at(last), slopeText(metric, own.slope)]];
      });
    }),
  };
}

function slopeUnit(metric: MetricInfo): string {
  return metric.unit === 'share' ? 'pp a session' : `${metric.unit.replace(/ ?per session$/, '')} a session`.trim();
}

function slopeText(metric: MetricInfo, slope: Slope | undefined): string | null {
  if (!slope || slope.value === null) return null;
  const scale = scaleOf(metric);
  const interval = slope.interval ? ` [${fixed(slope.interval.low * scale, 2)} to ${fixed(slope.interval.high * scale, 2)}]` : '';
  return `${slope.value > 0 ? '+' : ''}${fixed(slope.value * scale, 2)}${interval}`;
}
