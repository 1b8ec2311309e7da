import { html, Html } from '../markup.ts';
import type { TopLevelSpec } from 'vega-lite';
import { drawPlot } from './draw.ts';
import { csvOf, type DataTable } from '../../tables/data-table.ts';
import { dataLink, tableOf } from '../table.ts';

/**
 * Draws plots and sets each with its caption and its data one click away. Everything that was drawn is kept for report/plots.
 */
export function createFigures(): Figures {
  const files = new Map<string, string>();
  return {
    files,
    async figure(plot) {
      let id = plot.id;
      // Names of two methods can give one id.
      for (let copy = 2; files.has(id); copy += 1) id = `${plot.id}-${copy}`;
      const { file, inline } = await drawPlot(id, plot.title, plot.description, plot.spec);
      files.set(id, file);
      return html`<figure id="figure-${id}"${plot.wide === true && html` class="wide"`}>
<figcaption>${plot.title}</figcaption>
<p class="note">${plot.about}</p>
${new Html(inline)}
<details class="data"><summary>Data of this plot</summary>
${tableOf(plot.table, `Data: ${plot.title}`)}
<p><a download="${id}.csv" href="${dataLink(csvOf(plot.table))}">Download as CSV</a></p></details>
</figure>
`;
    },
  };
}

export interface Figures {
  /** SVG text by file name without ending. */
  readonly files: ReadonlyMap<string, string>;
  figure(plot: Plot): Promise<Html>;
}

export interface Plot {
  /** Kebab case; names the file. */
  readonly id: string;
  readonly title: string;
  /** One or two sentences: what is shown and how to read it. */
  readonly about: string;
  /** What a reader who can't see the drawing should know. */
  readonly description: string;
  readonly spec: Partial<TopLevelSpec>;
  readonly table: DataTable;
  /** Takes the whole row. */
  readonly wide?: boolean;
}
