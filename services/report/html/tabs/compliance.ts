import { formatEstimate } from '../../format.ts';
import { columnsOf } from '../../tables/data-table.ts';
import { metricTable } from '../../tables/metrics.ts';
import { html, type Html } from '../markup.ts';
import type { Plot } from '../plots/figure.ts';
import { namedScatter } from '../plots/scatter.ts';
import { tableOf } from '../table.ts';
import { figures, type View } from '../view.ts';

const COMPLIANCE = 'compliance_micro';
const OVER_APPLIED = 'over_personalization_rate';

/** Following preferences where they apply against applying them where they do not: a method that always applies everything gains on one axis only. */
export async function complianceTab(view: View): Promise<Html | null> {
  if (!view.model.metrics.some(({ group }) => group === 'Preferences')) return null;
  return html`<p class="note">A method is good when it follows the preferences that apply and leaves alone those that do not.</p>
<div class="plots">${await figures(view, [tradeOff(view)])}</div>
<h3>Preferences in numbers</h3>
${tableOf(metricTable(view.model, 'Preferences'), 'Preferences in numbers')}`;
}

function tradeOff({ model, styles }: View): Plot | null {
  const points = model.methods.flatMap(({ name, estimates }) => {
    const [kept, over] = [estimates[COMPLIANCE], estimates[OVER_APPLIED]];
    if (!kept || !over || kept.value === null || over.value === null) return [];
    const spread = ({ value, interval }: typeof kept) => ({ value: (value ?? 0) * 100, low: interval ? interval.low * 100 : null, high: interval ? interval.high * 100 : null });
    return [{ name, x: spread(over), y: spread(kept), kept, over }];
  });
  if (points.length === 0) return null;
  return {
    id: 'compliance-against-over-personalization',
    title: 'Compliance against over-personalization',
    about: 'Best is top left: much is followed, little is applied where it does not belong. Lines are 95 % intervals over profiles.',
    description: points.map(({ name, kept, over }) => `${name}: compliance ${formatEstimate(SHARE, kept)}, over-personalization ${formatEstimate(SHARE, over)}`).join('; '),
    spec: namedScatter({
      points,
      styles,
      x: 'Over-personalization (% of agent turns)',
      y: 'Preference compliance (%)',
      domainX: around(points.flatMap(({ x }) => [x.value, x.low, x.high])),
      domainY: around(points.flatMap(({ y }) => [y.value, y.low, y.high])),
    }),
    table: {
      columns: columnsOf('method', 'compliance', 'low', 'high', 'over-personalization', 'low of it', 'high of it'),
      rows: points.map(({ name, kept, over }) => [name, kept.value, kept.interval?.low ?? null, kept.interval?.high ?? null, over.value, over.interval?.low ?? null, over.interval?.high ?? null]),
    },
  };
}

/** Some room around the values, in per cent; a scatter shows distances, which zero would only squeeze. */
function around(values: readonly (number | null)[]): [number, number] {
  const known = values.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const room = Math.max(1, (most - least) * 0.12);
  return [Math.max(0, least - room), Math.min(100, most + room)];
}

const SHARE = { unit: 'share' };
