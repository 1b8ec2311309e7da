import type { ReportModel } from '../../model.ts';
import { publicEndpoint } from '../../format.ts';
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
<pre tabindex="0">${JSON.stringify(run.experiment, withoutSecrets, 2)}</pre></details>
`)}`;
}

/** Reports are passed on; addresses may hold user names, passwords and keys. */
function withoutSecrets(_key: string, value: unknown): unknown {
  return typeof value === 'string' && /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? publicEndpoint(value) : value;
}
