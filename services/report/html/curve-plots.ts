import { axisLabel, formatEstimate, scaleOf } from '../format.ts';
import type { MetricGroup, MetricInfo } from '../metrics/metric.ts';
import type { CurveModel } from '../sections/curves/model.ts';
import { columnsOf, type DataTable } from '../tables/data-table.ts';
import type { Plot } from './plots/figure.ts';
import { linesPlot, panelNote } from './plots/lines.ts';
import type { View } from './view.ts';

/** The learning curves of some groups of metrics, with bands; none for a run of one session a user. */
export function curvePlots(view: View, groups: readonly MetricGroup[]): (Plot | null)[] {
  const { curves, sessions } = view.model.sections.curves;
  if (sessions < 2) return [];
  return curves.filter(({ metric }) => groups.includes(view.metric(metric)?.group ?? 'Outcome')).map((curve) => curvePlot(view, curve));
}

function curvePlot(view: View, curve: CurveModel): Plot | null {
  const metric = view.metric(curve.metric);
  if (!metric || curve.methods.every(({ points }) => points.every(({ value }) => value === null))) return null;
  const scale = scaleOf(metric);
  const lines = curve.methods.map(({ method, points }) => ({
    name: method,
    points: points.map(({ value, interval }, x) => ({ x, value: times(value, scale), low: times(interval?.low ?? null, scale), high: times(interval?.high ?? null, scale) })),
  }));
  return {
    id: `curve-${metric.id.replaceAll('_', '-')}`,
    title: `${metric.label.replace(/ per session$/, '')} by session`,
    about: `${metric.about}${panelNote(lines, view.model.baseline)}`,
    description: `A line for each method over the sessions with its 95 % band: ${curve.methods.map((method) => ends(metric, method)).join('; ')}.`,
    spec: linesPlot({ lines, styles: view.styles, x: 'Session', y: axisLabel(metric), baseline: view.model.baseline }),
    table: curveTable(curve),
  };
}

function ends(metric: MetricInfo, { method, points }: CurveModel['methods'][number]): string {
  const known = points.filter(({ value }) => value !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last) return `${method} has no data`;
  return `${method} goes from ${formatEstimate(metric, { ...first, interval: null })} to ${formatEstimate(metric, { ...last, interval: null })}`;
}

function curveTable(curve: CurveModel): DataTable {
  return {
    columns: columnsOf('method', 'session', 'value', 'low', 'high', 'n'),
    rows: curve.methods.flatMap(({ method, points }) => points.map(({ value, interval, n }, session) => [method, session, value, interval?.low ?? null, interval?.high ?? null, n])),
  };
}

function times(value: number | null, scale: number): number | null {
  return value === null ? null : value * scale;
}
