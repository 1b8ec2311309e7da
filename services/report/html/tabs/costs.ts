import { fixed } from '../../format.ts';
import type { CostsSection } from '../../sections/costs/model.ts';
import { costNote, roleTable, sessionTable } from '../../tables/costs.ts';
import { columnsOf } from '../../tables/data-table.ts';
import { curvePlots } from '../curve-plots.ts';
import { html, type Html } from '../markup.ts';
import type { Plot } from '../plots/figure.ts';
import { stackPlot } from '../plots/stack.ts';
import { tableOf } from '../table.ts';
import { figures, type View } from '../view.ts';

/** Calls, tokens, time, money and energy of each method and role. */
export async function costsTab(view: View): Promise<Html> {
  const { costs } = view.model.sections;
  return html`<p class="note">The simulator and the judge are the cost of measuring; all other roles are the cost of the method. Tokens are as the endpoints counted them.</p>
<div class="plots">${await figures(view, [tokenPlot(view, costs), ...curvePlots(view, ['Cost'])])}</div>
<h3>By method and role</h3>
${tableOf(roleTable(costs), 'Costs by method and role')}
<h3>A session of each method</h3>
${tableOf(sessionTable(costs), 'A session of each method')}
<p class="note">${costNote(costs)}</p>`;
}

function tokenPlot({ model }: View, { roles }: CostsSection): Plot | null {
  const names = [...new Set(roles.map(({ role }) => role))].sort((a, b) => orderOf(roles, a) - orderOf(roles, b) || (a < b ? -1 : 1));
  if (names.length === 0) return null;
  const sessions = Math.max(1, model.planned / model.methods.length);
  const tokens = (method: string, role: string) =>
    roles.filter((one) => one.method === method && one.role === role).reduce((sum, one) => sum + one.promptTokens + one.completionTokens, 0) / sessions;
  const bars = model.methods.map(({ name }) => ({ name, values: names.map((role) => tokens(name, role)) }));
  const most = Math.max(...bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0)));
  if (!(most > 0)) return null;
  return {
    id: 'tokens-by-role',
    title: 'Tokens by role',
    about: 'Prompt and completion tokens for each planned session, the roles of the method first.',
    description: bars.map(({ name, values }) => `${name}: ${names.map((role, index) => `${role} ${fixed(values[index] ?? 0, 0)}`).join(', ')}`).join('; '),
    spec: stackPlot({ bars, parts: names, x: 'Tokens a session', most: most * 1.02, text: (value) => fixed(value, 0) }),
    table: { columns: columnsOf('method', ...names), rows: bars.map(({ name, values }) => [name, ...values]) },
  };
}

function orderOf(roles: CostsSection['roles'], role: string): number {
  if (role === 'agent') return 0;
  return roles.some((one) => one.role === role && one.ofMethod) ? 1 : 2;
}
