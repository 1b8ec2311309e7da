import type { Estimate } from '../aggregate.ts';
import { fixed, formatEstimate, unitOf } from '../format.ts';
import type { Metric } from '../metrics.ts';
import type { MethodModel } from '../report-model.ts';
import type { Html } from './markup.ts';
import { html } from './markup.ts';
import { ticksTo } from './scale.ts';
import { seriesStyle } from './series-style.ts';

/** One learning curve: a line and a 95 % band for each method, a legend, and the same numbers as a table. */
export function renderPlot(metric: Metric, methods: readonly MethodModel[]): Html {
  const curves = methods.map((method) => method.curves.get(metric.id) ?? []);
  const sessions = Math.max(1, ...curves.map((curve) => curve.length));
  return html`<figure>
<figcaption>${metric.label} by session</figcaption>
<p class="note">${metric.about}</p>
<ul class="legend">${methods.map((method, index) => legendEntry(method.name, index))}</ul>
${drawing(metric, methods, curves, sessions)}
<details><summary>Data of this plot</summary>${dataTable(metric, methods, curves, sessions)}</details>
</figure>
`;
}

/** Units of the drawing; at its usual width one unit is about one pixel. */
const WIDTH = 440;
const HEIGHT = 270;
const LEFT = 54;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 42;
/** With more lines than this the bands are drawn fainter. */
const CROWD = 4;
/** At most about this many markers on a line. */
const MARKERS = 8;

function drawing(metric: Metric, methods: readonly MethodModel[], curves: readonly (readonly Estimate[])[], sessions: number): Html {
  const scale = metric.unit === 'share' ? 100 : 1;
  const heights = curves.flatMap((curve) => curve.flatMap(({ value, interval }) => [value ?? 0, interval?.high ?? 0]));
  const yTicks = metric.unit === 'share' ? [0, 25, 50, 75, 100] : ticksTo(Math.max(...heights, 0));
  const xTicks = ticksTo(sessions - 1, true).filter((tick) => tick < sessions);
  const top = yTicks.at(-1) ?? 1;
  const x = (session: number) => round(LEFT + (sessions === 1 ? 0.5 : session / (sessions - 1)) * (WIDTH - LEFT - RIGHT));
  const y = (value: number) => round(HEIGHT - BOTTOM - ((value * scale) / top) * (HEIGHT - TOP - BOTTOM));
  const yText = (tick: number) => fixed(tick, yTicks.every(Number.isInteger) ? 0 : yTicks.every((value) => Number.isInteger(value * 10)) ? 1 : 2);
  const id = `plot-${metric.id}`;
  return html`<svg ${curves.length > CROWD && html`class="many" `}viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${metric.label} by session</title>
<desc id="${id}-desc">${describe(metric, methods, curves)}</desc>
${yTicks.map((tick) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick / scale)}" y2="${y(tick / scale)}"/><text class="tick" x="${LEFT - 7}" y="${y(tick / scale) + 4}" text-anchor="end">${yText(tick)}</text>`)}
${xTicks.map((tick) => html`<line class="axis" x1="${x(tick)}" x2="${x(tick)}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM + 4}"/><text class="tick" x="${x(tick)}" y="${HEIGHT - BOTTOM + 17}" text-anchor="middle">${tick}</text>`)}
<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM}"/>
<text class="label" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">Session (counted from 0)</text>
<text class="label" transform="translate(13 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${axisLabel(metric)}</text>
${curves.map((curve, index) => band(curve, index, x, y))}
${curves.map((curve, index) => line(curve, index, x, y))}
</svg>
`;
}

function axisLabel(metric: Metric): string {
  const unit = unitOf(metric);
  return metric.label.toLowerCase().includes(unit) ? metric.label : `${metric.label.replace(' per session', '')} (${unit})`;
}

/** A gap in the data is a gap in the line. */
function segments(curve: readonly Estimate[], known: (estimate: Estimate) => boolean): { session: number; estimate: Estimate }[][] {
  const runs: { session: number; estimate: Estimate }[][] = [[]];
  curve.forEach((estimate, session) => {
    if (known(estimate)) runs.at(-1)!.push({ session, estimate });
    else runs.push([]);
  });
  return runs.filter((run) => run.length > 0);
}

function band(curve: readonly Estimate[], index: number, x: Place, y: Place): Html[] {
  return segments(curve, ({ interval }) => interval !== null).map((run) => {
    const upper = run.map(({ session, estimate }) => `${x(session)} ${y(estimate.interval!.high)}`);
    const lower = run.map(({ session, estimate }) => `${x(session)} ${y(estimate.interval!.low)}`).reverse();
    return html`<path class="band ${seriesStyle(index).className}" d="M${[...upper, ...lower].join('L')}Z"/>
`;
  });
}

function line(curve: readonly Estimate[], index: number, x: Place, y: Place): Html[] {
  const style = seriesStyle(index);
  return segments(curve, ({ value }) => value !== null).map((run) => {
    const points = run.map(({ session, estimate }) => [x(session), y(estimate.value!)] as const);
    // Lines that lie on each other still show their markers, since each line marks other sessions.
    const every = Math.ceil(curve.length / MARKERS);
    const marked = points.filter((_, position) => run.length < 3 || (run[position]!.session + index) % every === 0);
    return html`<g class="series ${style.className}"><path class="line" stroke-dasharray="${style.dash}" d="M${points.map((point) => point.join(' ')).join('L')}"/>${marked.map(([px, py]) => html`<path class="marker" transform="translate(${px} ${py})" d="${style.marker}"/>`)}</g>
`;
  });
}

function legendEntry(name: string, index: number): Html {
  const style = seriesStyle(index);
  return html`<li><svg class="key" viewBox="0 0 34 12" aria-hidden="true"><g class="series ${style.className}"><path class="line" stroke-dasharray="${style.dash}" d="M1 6L33 6"/><path class="marker" transform="translate(17 6)" d="${style.marker}"/></g></svg>${name}</li>`;
}

function describe(metric: Metric, methods: readonly MethodModel[], curves: readonly (readonly Estimate[])[]): string {
  const ends = methods.map((method, index) => {
    const known = (curves[index] ?? []).filter(({ value }) => value !== null);
    const first = known[0];
    const last = known.at(-1);
    if (!first || !last) return `${method.name} has no data`;
    return `${method.name} goes from ${formatEstimate(metric, { ...first, interval: null })} to ${formatEstimate(metric, { ...last, interval: null })}`;
  });
  return `A line for each method over the sessions, with its 95 % band: ${ends.join('; ')}.`;
}

function dataTable(metric: Metric, methods: readonly MethodModel[], curves: readonly (readonly Estimate[])[], sessions: number): Html {
  return html`<div class="scroll" role="region" aria-label="Data: ${metric.label} by session" tabindex="0"><table>
<thead><tr><th scope="col">Session</th>${methods.map((method) => html`<th scope="col">${method.name}</th>`)}</tr></thead>
<tbody>
${Array.from({ length: sessions }, (_, session) => html`<tr><th scope="row">${session}</th>${curves.map((curve) => html`<td>${curve[session] ? formatEstimate(metric, curve[session]) : '–'}</td>`)}</tr>
`)}</tbody></table></div>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

type Place = (value: number) => number;
