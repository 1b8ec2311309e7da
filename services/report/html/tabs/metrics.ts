import type { ReportModel } from '../../model.ts';
import { metricGroups, metricTable } from '../../tables/metrics.ts';
import { html, type Html } from '../markup.ts';
import { tableOf } from '../table.ts';

/** Every metric of the report, by group. */
export function metricsTab(model: ReportModel): Html {
  return html`${metricGroups(model).map(
    (group) => html`<h3>${group}</h3>
${tableOf(metricTable(model, group), `Metrics: ${group}`)}
`,
  )}`;
}
