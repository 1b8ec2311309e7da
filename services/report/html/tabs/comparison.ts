import { counted, fixed, formatDifference, formatInterval, scaleOf } from '../../format.ts';
import type { CompareModel } from '../../sections/compare/model.ts';
import { columnsOf } from '../../tables/data-table.ts';
import { countTable, differenceTable, flipTable, sensitivityTable, tiedSets, VERDICT_SIGNS } from '../../tables/comparison.ts';
import { html, type Html } from '../markup.ts';
import { dotsPlot } from '../plots/dots.ts';
import type { Plot } from '../plots/figure.ts';
import { tableOf } from '../table.ts';
import { figures, type View } from '../view.ts';

/** Paired differences to the baseline with their tests, tied sets, flips, and what happens under other rules for the data. Null without a comparison. */
export async function comparisonTab(view: View): Promise<Html | null> {
  const { compare } = view.model.sections;
  if (!compare) return null;
  const { about, family } = compare;
  return html`<p class="note">Differences are method minus ${compare.baseline}, paired by profile, over ${counted(compare.profiles, 'profile')}. Family: ${family.name}; ${counted(family.tests, 'test')}, ${family.correction} at ${fixed(family.alpha, 2)}, two-sided.</p>
<div class="plots">${await figures(view, compare.metrics.filter(({ inFamily }) => inFamily).map((metric) => differencePlot(compare, metric)))}</div>
<h3>Differences to ${compare.baseline}</h3>
${tableOf(differenceTable(compare), `Differences to ${compare.baseline}`)}
<ul class="plain small">${[about.interval, about.bootstrap, about.p, about.failures].map((text) => html`<li>${text}</li>`)}<li>* outside the family fixed beforehand: exploratory, corrected over the methods of that metric alone.</li></ul>
<h3>Which methods cannot be told apart</h3>
<p class="note">${about.tied}</p>
<ul class="plain">${tiedSets(compare).map(({ metric, text }) => html`<li><strong>${metric}</strong>: ${text}</li>`)}</ul>
<h3>Sessions that changed sides</h3>
<p class="note">Task success in the same session of both; descriptive, since sessions of one profile are not independent.</p>
${tableOf(flipTable(compare), 'Sessions that changed sides')}
<h3>Under other rules for the data</h3>
${tableOf(sensitivityTable(compare), 'Under other rules for the data')}
<ul class="plain small">${compare.sensitivity.map(({ label, about: text, leftOut }) => html`<li><strong>${label}</strong>: ${text} Left out: ${counted(leftOut, 'pair of sessions', 'pairs of sessions')}.</li>`)}</ul>
<h3>What was counted</h3>
${tableOf(countTable(compare), 'What was counted')}`;
}

function differencePlot(compare: CompareModel, metric: CompareModel['metrics'][number]): Plot | null {
  const found = compare.differences.filter((one) => one.metric === metric.id && one.difference !== null);
  if (found.length === 0) return null;
  const scale = scaleOf(metric);
  const better = { higher: 'Right of the dashed line is better.', lower: 'Left of the dashed line is better.', neutral: '' }[metric.direction];
  return {
    id: `difference-${metric.id.replaceAll('_', '-')}`,
    title: `${metric.label}: difference to ${compare.baseline}`,
    about: `Mean paired difference with its 95 % interval. ${better}`,
    description: found.map((one) => `${one.method} ${formatDifference(metric, one.difference)} [${formatInterval(metric, one)}]`).join('; '),
    spec: dotsPlot({
      dots: found.map(({ method, difference, interval, verdict }) => ({
        name: method,
        group: '',
        value: (difference ?? 0) * scale,
        low: interval ? interval.low * scale : null,
        high: interval ? interval.high * scale : null,
        text: `${formatDifference(metric, difference)}${VERDICT_SIGNS[verdict] && ` ${VERDICT_SIGNS[verdict]}`}`,
      })),
      names: found.map(({ method }) => method),
      groups: [''],
      styles: new Map(),
      x: `Difference (${metric.unit === 'share' ? 'percentage points' : metric.unit})`,
      reference: 0,
    }),
    table: {
      columns: columnsOf('method', 'difference', 'low', 'high', 'p', 'p (Holm)', 'd_z', 'profiles'),
      rows: found.map((one) => [one.method, one.difference, one.interval?.low ?? null, one.interval?.high ?? null, one.p, one.pHolm, one.dz, one.profiles]),
    },
  };
}

