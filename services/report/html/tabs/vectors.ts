import { fixed, formatP, percent } from '../../format.ts';
import type { VectorsOfMethod } from '../../sections/vectors/model.ts';
import { columnsOf } from '../../tables/data-table.ts';
import { associationTable, decimal, vectorFacts } from '../../tables/vectors.ts';
import { html, type Html } from '../markup.ts';
import type { Plot } from '../plots/figure.ts';
import { linesPlot } from '../plots/lines.ts';
import { cloudScatter } from '../plots/scatter.ts';
import { tableOf } from '../table.ts';
import { figures, type View } from '../view.ts';

/** What learned user vectors say about users. Null when no method of the run learns any. */
export async function vectorsTab(view: View): Promise<Html | null> {
  const { vectors } = view.model.sections;
  if (!vectors || vectors.methods.length === 0) return null;
  const parts: Html[] = [];
  for (const one of vectors.methods) {
    const table = associationTable(one);
    parts.push(html`<h3>${one.method}</h3>
<ul class="plain">${vectorFacts(one).map((text) => html`<li>${text}</li>`)}</ul>
<div class="plots">${await figures(view, [mapPlot(one), pairPlot(one)])}</div>
${table.rows.length > 0 && tableOf(table, `Likeness of vectors, ${one.method}`)}`);
  }
  return html`<p class="note">Each user of these methods has a learned vector. If it means something, users who revealed alike preferences have alike vectors. Pairs of users share users, so p-values come from permuting users (Mantel) and intervals from resampling users.</p>
<div class="plots">${await figures(view, [normPlot(view)])}</div>
${parts}`;
}

function mapPlot({ method, map }: VectorsOfMethod): Plot | null {
  if (!map || map.points.length < 2) return null;
  const [first, second] = map.explained;
  return {
    id: `vector-map-${slug(method)}`,
    title: `Map of user vectors, ${method}`,
    about: 'Directions of the long-term vectors on their first two principal components, a point for each user.',
    description: `${map.points.length} users; the axes hold ${percent(first)} and ${percent(second)} of the variance.`,
    spec: cloudScatter({ points: map.points, x: `First component (${percent(first, 0)} of variance)`, y: `Second component (${percent(second, 0)})`, square: true }),
    table: {
      columns: columnsOf('user', 'x', 'y', 'norm', 'preferences revealed'),
      rows: map.points.map(({ userId, x, y, norm, revealed }) => [userId, x, y, norm, revealed]),
    },
  };
}

function pairPlot({ method, long }: VectorsOfMethod): Plot | null {
  const drawn = long?.drawn ?? [];
  if (!long || drawn.length === 0) return null;
  return {
    id: `likeness-${slug(method)}`,
    title: `Likeness of preferences and of vectors, ${method}`,
    about: `A point for each pair of users${long.pairs > drawn.length ? `, ${fixed(drawn.length, 0)} of ${fixed(long.pairs, 0)} drawn at random` : ''}; Spearman's rho ${decimal(long.rho)}, p ${formatP(long.p)}.`,
    description: `Jaccard likeness of revealed preferences against cosine of long-term vectors; rho ${decimal(long.rho)}.`,
    spec: cloudScatter({ points: drawn.map(([x, y]) => ({ x, y })), x: 'Likeness of revealed preferences (Jaccard)', y: 'Likeness of vectors (cosine)', domainX: [0, 1], domainY: [-1, 1] }),
    table: { columns: columnsOf('pair', 'jaccard', 'cosine'), rows: drawn.map(([jaccard, cosine], index) => [index + 1, jaccard, cosine]) },
  };
}

function normPlot(view: View): Plot | null {
  const lines = (view.model.sections.vectors?.methods ?? [])
    .map(({ method, norms }) => ({ name: method, points: norms.map(({ session, mean }) => ({ x: session, value: mean, low: null, high: null })) }))
    .filter(({ points }) => points.length > 1);
  if (lines.length === 0) return null;
  return {
    id: 'vector-norms-by-session',
    title: 'Length of user vectors by session',
    about: 'Euclidean length of the long-term vector after a session, mean over users who have one.',
    description: lines.map(({ name, points }) => `${name} ends at ${decimal(points.at(-1)?.value ?? null)}`).join('; '),
    spec: linesPlot({ lines, styles: view.styles, x: 'Session', y: 'Length of the vector', baseline: null }),
    table: {
      columns: columnsOf('method', 'session', 'mean', 'max', 'users'),
      rows: (view.model.sections.vectors?.methods ?? []).flatMap(({ method, norms }) => norms.map(({ session, mean, max, users }) => [method, session, mean, max, users])),
    },
  };
}

/** A method's name as a part of a file name. */
function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'method';
}
