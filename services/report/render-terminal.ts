import { arrowOf, formatEstimate } from './format.ts';
import type { ReportModel } from './model.ts';
import { marksOf, markLegend, simulatedNotice, whatWasRun } from './prose.ts';

/**
 * What a terminal shows after a run: the first table, with one metric a line when the methods fit beside each other, else with one method a
 * line and as many metrics beside each other as fit.
 */
export function renderTerminal(model: ReportModel): string {
  const notice = simulatedNotice(model.manifest);
  return [
    ...(notice === null ? [] : [notice]),
    whatWasRun(model),
    ...model.warnings.map((warning) => `! ${warning}`),
    '',
    ...tables(model),
    ...markLegend(model),
  ].map(printable).join('\n');
}

/** Columns of a usual window. */
const WIDTH = 120;

function tables(model: ReportModel): string[] {
  const metrics = model.metrics.filter(({ headline }) => headline);
  const byMetric = [
    ['', ...model.methods.map(({ name }) => name)],
    ...metrics.map((metric) => [`${metric.label} ${arrowOf(metric)}`, ...model.methods.map((method) => cell(model, method, metric))]),
  ];
  if (widthOf(byMetric) <= WIDTH) return linesOf(byMetric);
  const byMethod = [['', ...metrics.map((metric) => `${metric.label} ${arrowOf(metric)}`)], ...model.methods.map((method) => [method.name, ...metrics.map((metric) => cell(model, method, metric))])];
  const lines: string[] = [];
  for (let from = 1; from <= metrics.length; ) {
    let to = from + 1;
    const part = (end: number) => byMethod.map((row) => [row[0] ?? '', ...row.slice(from, end)]);
    while (to <= metrics.length && widthOf(part(to + 1)) <= WIDTH) to += 1;
    lines.push(...(lines.length > 0 ? [''] : []), ...linesOf(part(to)));
    from = to;
  }
  return lines;
}

function cell(model: ReportModel, { name, estimates }: ReportModel['methods'][number], metric: ReportModel['metrics'][number]): string {
  const estimate = estimates[metric.id];
  const signs = marksOf(model, name, metric.id).map(({ sign }) => sign).join('');
  return `${estimate ? formatEstimate(metric, estimate) : '–'}${signs && ` ${signs}`}`;
}

function linesOf(rows: readonly (readonly string[])[]): string[] {
  const widths = widthsOf(rows);
  return rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
}

function widthOf(rows: readonly (readonly string[])[]): number {
  return widthsOf(rows).reduce((sum, width) => sum + width + 2, -2);
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  return (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
}

/** Names come from files and other people's servers: control characters could move the cursor or colour the screen. */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}]/gu, '�');
}
