import type { Estimate, Difference } from './aggregate.ts';
import { METRICS } from './metrics.ts';
import { CURVES, type ReportModel } from './report-model.ts';

/**
 * metrics.csv, one value a line: `method,metric,session,value,low,high,n`. An empty session means all sessions; an empty value, low or high
 * means no data. n is the number of sessions behind the value. Shares are from 0 to 1. Differences to the baseline carry the metric's name
 * followed by "_minus_" and the baseline; their n is empty.
 */
export function renderCsv(model: ReportModel): string {
  const lines = ['method,metric,session,value,low,high,n'];
  for (const method of model.methods) {
    const add = (metric: string, session: string, found: Estimate | Difference) =>
      lines.push(
        [
          cell(method.name),
          cell(metric),
          session,
          number(found.value),
          number(found.interval?.low ?? null),
          number(found.interval?.high ?? null),
          'sessions' in found ? String(found.sessions) : '',
        ].join(','),
      );
    for (const metric of METRICS) {
      const estimate = method.estimates.get(metric.id);
      if (estimate) add(metric.id, '', estimate);
    }
    for (const [id, difference] of method.differences) add(`${id}_minus_${model.baseline}`, '', difference);
    for (const metric of CURVES) {
      method.curves.get(metric.id)?.forEach((estimate, session) => add(metric.id, String(session), estimate));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Six significant digits: more would only show how sums were rounded. */
function number(value: number | null): string {
  return value === null ? '' : String(Number(value.toPrecision(6)));
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
