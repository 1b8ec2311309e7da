import { fixed, percent } from '../../format.ts';
import type { BlameSection } from '../../sections/blame/model.ts';
import { blameTable } from '../../tables/blame.ts';
import { columnsOf } from '../../tables/data-table.ts';
import { html, type Html } from '../markup.ts';
import type { Plot } from '../plots/figure.ts';
import { stackPlot } from '../plots/stack.ts';
import { tableOf } from '../table.ts';
import { figures, type View } from '../view.ts';

/** Why preferences were violated: one cause for each violation. Null when nothing was violated, or nobody looked. */
export async function blameTab(view: View): Promise<Html | null> {
  const { blame } = view.model.sections;
  if (!blame) return null;
  return html`<p class="note">Every violation of an applicable preference has one cause, asked about in the order below; the shares of a method add up to 100 %. <code>attune blame RUN --profile P --session S --turn T</code> shows the evidence for one turn.</p>
<div class="plots">${await figures(view, [blamePlot(blame)])}</div>
<h3>Causes</h3>
${tableOf(blameTable(blame), 'Causes of violations')}
<ol class="plain">${blame.causes.map(({ label, meaning }) => html`<li><strong>${label}</strong>: ${meaning}</li>`)}</ol>`;
}

function blamePlot({ causes, methods }: BlameSection): Plot | null {
  const known = methods.filter(({ violations }) => violations > 0);
  if (known.length === 0) return null;
  return {
    id: 'blame',
    title: 'Why preferences were violated',
    about: 'Shares of the violations of each method, in per cent; the number of violations is in the table.',
    description: known.map((one) => `${one.method}: ${one.causes.flatMap(({ share }, index) => (share > 0 ? [`${causes[index]?.label} ${percent(share)}`] : [])).join(', ')}`).join('; '),
    spec: stackPlot({
      bars: known.map((one) => ({ name: one.method, values: one.causes.map(({ share }) => share * 100) })),
      parts: causes.map(({ label }) => label),
      x: 'Share of violations (%)',
      most: 100,
      text: (value) => fixed(value, 0),
    }),
    table: {
      columns: columnsOf('method', 'cause', 'count', 'share'),
      rows: known.flatMap((one) => one.causes.map(({ id, count, share }) => [one.method, id, count, share])),
    },
  };
}
