import type { ReportModel } from '../../model.ts';
import { runFacts } from '../../prose.ts';
import { html, type Html } from '../markup.ts';
import { scroll } from '../table.ts';

/** What the run was made of. */
export function manifestTab(model: ReportModel): Html {
  return html`${scroll(
    'The run',
    html`<table class="facts"><tbody>
${runFacts(model).map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>
`)}</tbody></table>`,
  )}
${model.runs.map((run) => html`<details class="data"><summary>Experiment of run ${run.runId} after all defaults were filled in</summary>
<pre tabindex="0">${JSON.stringify(run.experiment, null, 2)}</pre></details>
`)}`;
}
