import { percent } from '../../format.ts';
import type { ProbeCell, ProbesSection } from '../../sections/probes/model.ts';
import { accuracyTable, probeTable } from '../../tables/conflicts.ts';
import { columnsOf, type DataTable } from '../../tables/data-table.ts';
import { html, type Html } from '../markup.ts';
import { dotsPlot } from '../plots/dots.ts';
import type { Plot } from '../plots/figure.ts';
import { QUIET, SERIES_COLORS } from '../plots/palette.ts';
import type { SeriesStyle } from '../plots/series-style.ts';
import { tableOf } from '../table.ts';
import { figures, type View } from '../view.ts';

/** How methods decide between preferences that compete: by wording of the query and by conflict group. Null without probes. */
export async function conflictsTab(view: View): Promise<Html | null> {
  const { probes } = view.model.sections;
  if (!probes) return null;
  const names = view.model.methods.map(({ name }) => name);
  return html`<p class="note">A probe is a query that several preferences of a user claim; the plan says which one is right. A reply that follows neither or several at once is wrong. Word overlap of the query favours the right preference (aligned), none (neutral) or the wrong one (adversarial): a method that looks up words loses on the last.</p>
<div class="plots">${await figures(view, [variantPlot(names, probes), groupPlot(view, names, probes)])}</div>
<h3>Probes by method</h3>
${tableOf(probeTable(names, probes), 'Probes by method')}
<p class="note">Confusion: scored probes whose reply tried to satisfy several of the competing preferences.</p>
<h3>Accuracy by conflict group</h3>
${tableOf(accuracyTable(names, probes, 'group'), 'Accuracy by conflict group')}`;
}

function variantPlot(names: readonly string[], probes: ProbesSection): Plot | null {
  const cells = probes.cells.filter(({ variant, group, scored }) => variant !== null && group === null && scored > 0);
  if (cells.length === 0) return null;
  return {
    id: 'conflict-accuracy-by-variant',
    title: 'Conflict accuracy by wording of the query',
    about: 'Whether word overlap of the query favours the right preference; lines are 95 % intervals over profiles.',
    description: cells.map((cell) => `${cell.method}, ${cell.variant}: ${percent(cell.accuracy.value)}`).join('; '),
    spec: dotsPlot({
      dots: cells.map((cell) => dotOf(cell, cell.method, cell.variant ?? '')),
      names,
      groups: probes.variants,
      styles: new Map(probes.variants.map((variant) => [variant, VARIANT_LOOKS[variant] ?? FALLBACK])),
      x: 'Conflict accuracy (%)',
      domain: [0, 100],
    }),
    table: cellTable(cells),
  };
}

/** With more methods than this the groups are a table only. */
const MOST_METHODS = 6;

function groupPlot(view: View, names: readonly string[], probes: ProbesSection): Plot | null {
  const shown = names.length <= MOST_METHODS ? names : view.model.methods.filter(({ control }) => !control).map(({ name }) => name);
  const cells = probes.cells.filter(({ method, variant, group, scored }) => variant === null && group !== null && scored > 0 && shown.includes(method));
  if (shown.length > MOST_METHODS || cells.length === 0) return null;
  return {
    id: 'conflict-accuracy-by-group',
    title: 'Conflict accuracy by conflict group',
    about: 'All wordings together; lines are 95 % intervals over profiles.',
    description: cells.map((cell) => `${cell.group}, ${cell.method}: ${percent(cell.accuracy.value)}`).join('; '),
    spec: dotsPlot({ dots: cells.map((cell) => dotOf(cell, cell.group ?? '', cell.method)), names: probes.groups, groups: shown, styles: view.styles, x: 'Conflict accuracy (%)', domain: [0, 100] }),
    table: cellTable(cells),
  };
}

function dotOf({ accuracy }: ProbeCell, name: string, group: string) {
  const scaled = (value: number | null | undefined) => (value === null || value === undefined ? null : value * 100);
  return { name, group, value: scaled(accuracy.value), low: scaled(accuracy.interval?.low), high: scaled(accuracy.interval?.high), text: percent(accuracy.value) };
}

function cellTable(cells: readonly ProbeCell[]): DataTable {
  return {
    columns: columnsOf('method', 'variant', 'group', 'accuracy', 'low', 'high', 'confusion', 'scored', 'asked', 'planned'),
    rows: cells.map((cell) => [
      cell.method, cell.variant ?? 'all', cell.group ?? 'all', cell.accuracy.value, cell.accuracy.interval?.low ?? null, cell.accuracy.interval?.high ?? null,
      cell.confusion.value, cell.scored, cell.asked, cell.planned,
    ]),
  };
}

const FALLBACK: SeriesStyle = { color: QUIET, dash: [1, 0], shape: 'circle' };
const VARIANT_LOOKS: Record<string, SeriesStyle> = {
  aligned: { color: SERIES_COLORS[2], dash: [1, 0], shape: 'circle' },
  neutral: { color: SERIES_COLORS[0], dash: [1, 0], shape: 'square' },
  adversarial: { color: SERIES_COLORS[1], dash: [1, 0], shape: 'triangle-up' },
};
