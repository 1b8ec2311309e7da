import { arrowOf, fixed, formatInterval, formatValue } from '../../format.ts';
import type { MetricInfo } from '../../metrics/metric.ts';
import type { MethodModel, ReportModel } from '../../model.ts';
import { firstLines, howToRead, marksOf, missingList, whatWasRun } from '../../prose.ts';
import { faultTable } from '../../tables/metrics.ts';
import { html, type Html } from '../markup.ts';
import { scroll, tableOf } from '../table.ts';

/** The first lines and the first table: what was run, whom to believe, and how the methods compare. */
export function overviewTab(model: ReportModel): Html {
  const faults = faultTable(model);
  return html`<p class="lead">${whatWasRun(model)}</p>
<dl class="first-lines">${firstLines(model).map(([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>
`)}</dl>
${warnings(model)}
<h3>Result</h3>
${headlineTable(model)}
<p class="note">${howToRead(model)}</p>
${model.missing.length > 0 && html`<h3>Missing sessions</h3>
<ul class="plain">${missingList(model).map((text) => html`<li>${text}</li>`)}</ul>`}
${faults.rows.length > 0 && html`<h3>Faults that did not end a session</h3>
${tableOf(faults, 'Faults')}`}`;
}

function warnings({ warnings: sentences }: ReportModel): Html {
  if (sentences.length === 0) return html`<p class="fine">No warnings.</p>`;
  return html`<section class="warnings" aria-label="Warnings"><h3>${sentences.length === 1 ? 'Warning' : 'Warnings'}</h3>
<ul>
${sentences.map((sentence) => html`<li>${sentence}</li>
`)}</ul></section>`;
}

/** Turns into one card a method on narrow screens; the roles keep it a table for a screen reader then. */
function headlineTable(model: ReportModel): Html {
  const metrics = model.metrics.filter(({ headline }) => headline);
  const rows = (controls: boolean) => model.methods.filter(({ control }) => control === controls);
  return html`<div class="cards">${scroll(
    'Result',
    html`<table role="table">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Method</th>${metrics.map((metric) => html`<th role="columnheader" scope="col" title="${metric.about}">${labelled(metric)}</th>`)}</tr></thead>
<tbody role="rowgroup">
${[...rows(false), ...rows(true)].map((method) => methodRow(model, method, metrics))}</tbody></table>`,
  )}</div>`;
}

function methodRow(model: ReportModel, method: MethodModel, metrics: readonly MetricInfo[]): Html {
  const role = method.name === model.baseline ? 'baseline' : method.control ? 'control' : null;
  return html`<tr role="row"${method.control && html` class="control"`}><th role="rowheader" scope="row">${method.name}${role !== null && html` <span class="role">${role}</span>`}</th>${metrics.map((metric) => {
    const estimate = method.estimates[metric.id] ?? { value: null, interval: null, n: 0 };
    const interval = formatInterval(metric, estimate);
    return html`<td role="cell" data-label="${metric.label} ${arrowOf(metric)}"><span class="value">${formatValue(metric, estimate.value)}</span><span class="interval">${interval && `[${interval}]`}</span><span class="n">n ${fixed(estimate.n, 0)}</span>${marksOf(model, method.name, metric.id).map((mark) => html`<span class="mark ${mark.kind}">${mark.sign} ${mark.text}</span>`)}</td>`;
  })}</tr>
`;
}

/** A no-break space keeps the arrow with its word. */
function labelled(metric: MetricInfo): Html {
  const mark = arrowOf(metric);
  if (mark === '') return html`${metric.label}`;
  return html`${metric.label}&nbsp;<span class="arrow" role="img" aria-label="${metric.direction} is better">${mark}</span>`;
}
