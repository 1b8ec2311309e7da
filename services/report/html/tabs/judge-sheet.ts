import { percent } from '../../format.ts';
import type { LabelFigures } from '../../sections/judge-sheet/model.ts';
import { columnsOf } from '../../tables/data-table.ts';
import { judgeFacts, judgeTables } from '../../tables/judge-sheet.ts';
import { html, type Html } from '../markup.ts';
import type { Plot } from '../plots/figure.ts';
import { cloudScatter } from '../plots/scatter.ts';
import { tableOf } from '../table.ts';
import { figures, type View } from '../view.ts';

/** How far the judge can be trusted. Null when nobody checked it. */
export async function judgeTab(view: View): Promise<Html | null> {
  const sheet = view.model.sections.judgeSheet;
  if (!sheet) return null;
  return html`<ul class="plain">${judgeFacts(sheet).map((text) => html`<li>${text}</li>`)}</ul>
<div class="plots">${await figures(view, sheet.labels.map(calibrationPlot))}</div>
${judgeTables(sheet, view.model.metrics).map(
    ({ heading, note, table }) => html`<h3>${heading}</h3>
<p class="note">${note}</p>
${tableOf(table, heading)}
`,
  )}`;
}

function calibrationPlot({ kind, reliability, calibrationError }: LabelFigures): Plot | null {
  const points = reliability.flatMap(({ certainty, accuracy, items }) => (certainty === null || accuracy === null || items === 0 ? [] : [{ x: certainty * 100, y: accuracy * 100 }]));
  if (points.length === 0) return null;
  return {
    id: `calibration-${kind}`,
    title: `Calibration of ${kind} verdicts`,
    about: 'Accuracy on labelled items by the certainty that the judge stated; a calibrated judge lies on the diagonal.',
    description: `Expected calibration error ${percent(calibrationError)}.`,
    spec: cloudScatter({ points, x: 'Stated certainty (%)', y: 'Accuracy (%)', domainX: [0, 100], domainY: [0, 100], square: true, diagonal: true }),
    table: { columns: columnsOf('from', 'to', 'items', 'mean certainty', 'accuracy'), rows: reliability.map(({ low, high, items, certainty, accuracy }) => [low, high, items, certainty, accuracy]) },
  };
}
