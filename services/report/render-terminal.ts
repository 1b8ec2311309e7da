import { arrowOf, formatEstimate } from './format.ts';
import { simulatedNotice, whatWasRun } from './prose.ts';
import { HEADLINE, type ReportModel } from './report-model.ts';

/** What a terminal shows after a run: one metric a line and one method a column, which fits narrow windows better than the reverse. */
export function renderTerminal(model: ReportModel): string {
  const notice = simulatedNotice(model.manifest);
  const head = ['', ...model.methods.map((method) => method.name)];
  const rows = HEADLINE.map((metric) => [
    `${metric.label} ${arrowOf(metric)}`,
    ...model.methods.map((method) => formatEstimate(metric, method.estimates.get(metric.id)!)),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)));
  const lines = [head, ...rows].map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
  return [
    ...(notice === null ? [] : [notice]),
    whatWasRun(model),
    ...model.warnings.map((warning) => `! ${warning}`),
    '',
    ...lines,
  ].map(printable).join('\n');
}

/** Names come from files and other people's servers: control characters could move the cursor or colour the screen. */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}]/gu, '�');
}
