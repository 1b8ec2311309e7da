import { readFileSync } from 'node:fs';
import { arrowOf, fixed, formatDifference, formatInterval, formatValue, unitOf } from '../format.ts';
import { METRICS, type Metric } from '../metrics.ts';
import { howToRead, missingList, runFacts, simulatedNotice, whatWasRun } from '../prose.ts';
import { CURVES, HEADLINE, judgeDifference, type MethodModel, type ReportModel } from '../report-model.ts';
import { html, Html } from './markup.ts';
import { renderPlot } from './plot.ts';

/** index.html: one file that needs nothing else, no script, no network. */
export function renderPage(model: ReportModel): string {
  const { manifest, methods } = model;
  const notice = simulatedNotice(manifest);
  const style = new Html(readFileSync(new URL('./report.css', import.meta.url), 'utf8'));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Attune report: ${manifest.name}</title>
<style>
${style}</style>
</head>
<body>
${notice !== null && html`<p class="simulated" role="note"><strong>${notice}</strong></p>
`}<main>
<header>
<h1>Attune report: ${manifest.name}</h1>
<p class="lead">${whatWasRun(model)}</p>
</header>
${warnings(model)}
<section><h2>Result</h2>
${headlineTable(model)}
<p class="note">${howToRead(model)}</p></section>
${differenceTable(model)}
<section><h2>Over the sessions</h2>
<div class="plots">
${CURVES.map((metric) => renderPlot(metric, methods))}</div></section>
<section><h2>Tokens by role</h2>
${roleTable(model)}
<p class="note">Sums over all sessions, as the endpoints counted them. The simulator and the judge are the cost of measuring, the rest is the cost of the method.</p></section>
${faultTable(model)}
<section><h2>All metrics</h2>
${metricTable(model)}</section>
${model.missing.length > 0 && html`<section><h2>Missing sessions</h2>
<ul>${missingList(model).map((text) => html`<li>${text}</li>`)}</ul></section>
`}<section><h2>The run</h2>
${scroll('The run', html`<table class="facts"><tbody>
${runFacts(model).map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>
`)}</tbody></table>`)}</section>
</main>
</body>
</html>
`.text;
}

function warnings({ warnings: sentences }: ReportModel): Html | null {
  if (sentences.length === 0) return null;
  return html`<section class="warnings" aria-label="Warnings"><h2>Warnings</h2>
<ul>
${sentences.map((sentence) => html`<li>${sentence}</li>
`)}</ul></section>`;
}

function headlineTable({ methods }: ReportModel): Html {
  return headline('Result', methods, (method, metric) => {
    const estimate = method.estimates.get(metric.id)!;
    return html`<span>${formatValue(metric, estimate.value)}</span>${interval(formatInterval(metric, estimate))}`;
  });
}

function differenceTable({ methods, baseline, profiles }: ReportModel): Html | null {
  if (baseline === null) return null;
  const others = methods.filter((method) => method.name !== baseline);
  const title = `Difference to ${baseline}`;
  return html`<section><h2>${title}</h2>
${headline(title, others, (method, metric) => {
    const difference = method.differences.get(metric.id)!;
    const verdict = judgeDifference(metric, difference, profiles);
    return html`<span>${formatDifference(metric, difference.value)}</span>${interval(formatInterval(metric, difference))}${verdict !== 'unclear' && html`<span class="verdict ${verdict}">${verdict}</span>`}`;
  })}</section>`;
}

/** Turns into one card a method on narrow screens; the roles keep it a table for a screen reader then. */
function headline(title: string, methods: readonly MethodModel[], cell: (method: MethodModel, metric: Metric) => Html): Html {
  return html`<div class="cards">${scroll(
    title,
    html`<table role="table">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Method</th>${HEADLINE.map((metric) => html`<th role="columnheader" scope="col" title="${metric.about}">${labelled(metric)}</th>`)}</tr></thead>
<tbody role="rowgroup">
${methods.map((method) => html`<tr role="row"><th role="rowheader" scope="row">${method.name}</th>${HEADLINE.map((metric) => html`<td role="cell" data-label="${metric.label} ${arrowOf(metric)}">${cell(method, metric)}</td>`)}</tr>
`)}</tbody></table>`,
  )}</div>`;
}

function metricTable({ methods }: ReportModel): Html {
  return scroll(
    'All metrics',
    html`<table class="metrics">
<thead><tr><th scope="col">Metric</th><th scope="col">Unit</th>${methods.map((method) => html`<th scope="col">${method.name}</th>`)}<th scope="col">Meaning</th></tr></thead>
<tbody>
${METRICS.map((metric) => html`<tr><th scope="row">${labelled(metric)}</th><td class="text">${unitOf(metric)}</td>${methods.map((method) => {
      const estimate = method.estimates.get(metric.id)!;
      return html`<td>${formatValue(metric, estimate.value)}${interval(formatInterval(metric, estimate))}</td>`;
    })}<td class="about">${metric.about}</td></tr>
`)}</tbody></table>`,
  );
}

function roleTable({ methods }: ReportModel): Html {
  const rows = methods.flatMap((method) => method.roles.map((role) => ({ method: method.name, role })));
  if (rows.length === 0) return html`<p>No model calls were recorded.</p>`;
  return scroll(
    'Tokens by role',
    html`<table>
<thead><tr><th scope="col">Method</th><th scope="col" class="text">Role</th><th scope="col" class="text">Model</th><th scope="col">Calls</th><th scope="col">Prompt tokens</th><th scope="col">Of these cached</th><th scope="col">Completion tokens</th></tr></thead>
<tbody>
${rows.map(({ method, role }) => html`<tr><th scope="row">${method}</th><td class="text">${role.role}</td><td class="text">${role.model}</td>${[role.calls, role.promptTokens, role.cachedPromptTokens, role.completionTokens].map((count) => html`<td>${fixed(count, 0)}</td>`)}</tr>
`)}</tbody></table>`,
  );
}

function faultTable({ methods }: ReportModel): Html | null {
  const rows = methods.flatMap((method) => method.faults.map(([kind, count]) => ({ method: method.name, kind, count })));
  if (rows.length === 0) return null;
  return html`<section><h2>Faults that did not end a session</h2>
${scroll(
  'Faults',
  html`<table>
<thead><tr><th scope="col">Method</th><th scope="col" class="text">Fault</th><th scope="col">Times</th></tr></thead>
<tbody>
${rows.map(({ method, kind, count }) => html`<tr><th scope="row">${method}</th><td class="text">${kind}</td><td>${fixed(count, 0)}</td></tr>
`)}</tbody></table>`,
)}</section>`;
}

/** A wide table scrolls in its own frame, which the keyboard can reach, so the page never does. */
function scroll(name: string, table: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0">${table}</div>`;
}

function interval(text: string): Html | null {
  return text === '' ? null : html` <span class="interval">[${text}]</span>`;
}

/** A no-break space keeps the arrow with its word. */
function labelled(metric: Metric): Html {
  const mark = arrowOf(metric);
  if (mark === '') return html`${metric.label}`;
  return html`${metric.label}&nbsp;<span class="arrow" role="img" aria-label="${metric.direction} is better">${mark}</span>`;
}
