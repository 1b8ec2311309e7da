import { fixed } from '../../format.ts';
import type { EffortSection, MethodEffort } from '../../sections/effort/model.ts';
import { columnsOf } from '../../tables/data-table.ts';
import { enforcementTable } from '../../tables/effort.ts';
import { curvePlots } from '../curve-plots.ts';
import { html, type Html } from '../markup.ts';
import type { Plot } from '../plots/figure.ts';
import { stackPlot } from '../plots/stack.ts';
import { tableOf } from '../table.ts';
import { figures, type View } from '../view.ts';

/** What users had to do: by kind, by session, and enforcements taken apart into rate and turns. */
export async function effortTab(view: View): Promise<Html> {
  const { effort } = view.model.sections;
  return html`<p class="note">Effort is what the simulated users wrote and how often they had to ask again. Weights: ${effort.categories.map(({ label, weight }) => `${label.toLowerCase()} ${weight}`).join(', ')}.</p>
<div class="plots">${await figures(view, [kindsPlot(effort), ...curvePlots(view, ['User effort'])])}</div>
<h3>Enforcements taken apart</h3>
<p class="note">Enforcements a session are the rate at which users enforce times the turns they take: a method can be asked more often a turn and still less often a session.</p>
${tableOf(enforcementTable(effort), 'Enforcements taken apart')}
<h3>Kinds of effort</h3>
<ul class="plain">${effort.categories.map(({ label, weight, about, recorded }) => html`<li><strong>${label}</strong> (weight ${weight}): ${about}${!recorded && ' No record of this run shows it, so it counts 0.'}</li>`)}</ul>`;
}

function kindsPlot({ categories, methods }: EffortSection): Plot | null {
  const kinds = categories.filter(({ recorded }) => recorded);
  const bars = methods.map((method) => ({ name: method.method, values: kinds.map(({ id, weight }) => weight * meanOf(method, id)) }));
  const most = Math.max(...bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0)));
  if (!(most > 0)) return null;
  return {
    id: 'effort-by-kind',
    title: 'User effort by kind',
    about: 'Points a session over all sessions: messages of each kind times its weight.',
    description: bars.map(({ name, values }) => `${name}: ${kinds.map(({ label }, index) => `${label} ${fixed(values[index] ?? 0, 2)}`).join(', ')}`).join('; '),
    spec: stackPlot({ bars, parts: kinds.map(({ label }) => label), x: 'Weighted effort (points a session)', most: most * 1.03, text: (value) => fixed(value, 1) }),
    table: {
      columns: columnsOf('method', ...kinds.flatMap(({ id }) => [`${id} a session`, `${id} points`])),
      rows: methods.map((method) => [method.method, ...kinds.flatMap(({ id, weight }) => [meanOf(method, id), weight * meanOf(method, id)])]),
    },
  };
}

/** Messages of a kind, a session, over all recorded sessions. A kind that no record shows counts 0. */
function meanOf({ bySession }: MethodEffort, id: EffortSection['categories'][number]['id']): number {
  if (id === 'correction') return 0;
  const sessions = bySession.reduce((sum, { n }) => sum + n, 0);
  return sessions === 0 ? 0 : bySession.reduce((sum, point) => sum + (point[id] ?? 0) * point.n, 0) / sessions;
}
