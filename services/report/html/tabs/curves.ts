import { slopeTable } from '../../tables/curves.ts';
import { curvePlots } from '../curve-plots.ts';
import { html, type Html } from '../markup.ts';
import { tableOf } from '../table.ts';
import { figures, type View } from '../view.ts';

/** Curves of outcome and preferences, and how fast every metric rises or falls; the curves of effort, memory and cost stand with those. */
export async function curvesTab(view: View): Promise<Html> {
  if (view.model.sections.curves.sessions < 2) return html`<p>A run of one session a user has no learning curves.</p>`;
  return html`<p class="note">Means over profiles, session by session (counted from 0); bands are 95 % intervals over profiles. Every session has another task, so curves move with the tasks too; what counts is the distance between methods. Curves of <a href="#effort">effort</a>, <a href="#memory">memory</a> and <a href="#costs">cost</a> stand there.</p>
<div class="plots">${await figures(view, curvePlots(view, ['Outcome', 'Preferences', 'Quality of measurement']))}</div>
<h3>Slopes</h3>
<p class="note">Change from one session to the next: least squares for each profile, then the mean over profiles with its 95 % interval.</p>
${tableOf(slopeTable(view.model), 'Slopes')}`;
}
