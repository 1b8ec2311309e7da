import type { TopLevelSpec } from 'vega-lite';
import { INK, PAPER, QUIET, RULE, withVariables } from './palette.ts';

/**
 * Draws plots as SVG. The plotting library is loaded at the first call, since it takes half a second that no other command should pay.
 * Equal specifications give equal text: ids are those of the plot, not counted over the process.
 */
export async function drawPlot(id: string, title: string, description: string, spec: Partial<TopLevelSpec>): Promise<DrawnPlot> {
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')]);
  const whole = { ...spec, background: undefined, config: CONFIG } as TopLevelSpec;
  const view = new vega.View(vega.parse(lite.compile(whole).spec), { renderer: 'none' });
  const drawn = await view.toSVG();
  view.finalize();
  const { width, height, body } = tidy(drawn, id);
  const head = `<title id="${id}-title">${escaped(title)}</title><desc id="${id}-desc">${escaped(description)}</desc>`;
  const open = `viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc"`;
  return {
    file: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ${open}>${head}<rect width="${width}" height="${height}" fill="${PAPER}"/>${body}</svg>\n`,
    inline: `<svg ${open} style="max-width:${Math.round(width * 1.25)}px">${head}${withVariables(body)}</svg>`,
  };
}

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/** Room for the labels of a vertical axis; the library's own guess would push titles out of the drawing. */
const Y_LABELS = 42;

/** No ARIA inside: title, description and the table beside the plot say it better than hundreds of labelled marks. */
const CONFIG: TopLevelSpec['config'] = {
  aria: false,
  background: null as never,
  font: FONT,
  padding: 4,
  view: { stroke: null },
  axis: {
    labelColor: QUIET, titleColor: INK, labelFontSize: 12, titleFontSize: 12.5, titleFontWeight: 'normal', gridColor: RULE, domainColor: QUIET,
    tickColor: QUIET, labelLimit: 0, titleLimit: 0, titlePadding: 8, tickSize: 4, labelPadding: 4,
  },
  axisX: { grid: false, labelFlush: false },
  axisY: { minExtent: Y_LABELS, maxExtent: Y_LABELS },
  header: { labelColor: INK, labelFontSize: 12.5, titleColor: INK, labelFontWeight: 600 },
  legend: { labelColor: INK, titleColor: INK, labelFontSize: 12, titleFontSize: 12.5, titleFontWeight: 'normal', labelLimit: 0, symbolStrokeWidth: 2 },
  text: { fontSize: 12, color: INK },
};

/** The drawing without what a page does not need: two thirds of the library's text are class names and defaults. */
function tidy(svg: string, id: string): { width: number; height: number; body: string } {
  const [, width = '0', height = '0'] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  const ids = new Map<string, string>();
  const body = svg
    .replace(/^<svg[^>]*>/, '')
    .replace(/<\/svg>$/, '')
    .replace(/\b(?:clip|gradient_)\d+\b/g, (name) => {
      if (!ids.has(name)) ids.set(name, `${id}-${ids.size}`);
      return ids.get(name)!;
    })
    .replace(/ (?:class|role|aria-[a-z]+|pointer-events)="[^"]*"/g, '')
    .replace(/ opacity="1"| stroke-dasharray="1,0"/g, '')
    .replace(/<path d=""[^>]*\/>/g, '')
    .replaceAll(` font-family="${escaped(FONT)}"`, '')
    .replace(/<path d="M0(?:\.5)?,0(?:\.5)?h[\d.]+v[\d.]+h-?[\d.]+Z"\/>/g, '')
    .replace(/<text[^>]* opacity="0"[^>]*>[^<]*<\/text>/g, '');
  return { width: Number(width), height: Number(height), body: `<g font-family="${escaped(FONT)}">${body}</g>` };
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character] ?? character);
}

export interface DrawnPlot {
  /** A file of its own, on white paper. */
  readonly file: string;
  /** For the page: colours are CSS variables. */
  readonly inline: string;
}
