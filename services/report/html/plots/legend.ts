import { DRAWING_WIDTH, shortName } from './frame.ts';
import { INK, PAPER } from './palette.ts';

/** How much room a legend takes above a drawing. */
export function legendHeight(entries: readonly unknown[]): number {
  return LINE * Math.ceil(entries.length / COLUMNS) + 14;
}

/** A legend above a drawing, two entries a line, as marks: the library's own would take its room from the drawing. `left` is the drawing's left margin. */
export function legendLayers(entries: readonly LegendEntry[], left: number) {
  const top = legendHeight(entries);
  return entries.flatMap(({ name, color, shape }, index) => {
    const x = 12 - left + (index % COLUMNS) * ((DRAWING_WIDTH - 12) / COLUMNS);
    const y = LINE * Math.floor(index / COLUMNS) - top + 16;
    return [
      { data: { values: [{}] }, mark: { type: 'point', filled: true, opacity: 1, size: 110, stroke: PAPER, strokeWidth: 0.5, shape, color, x, y } },
      { data: { values: [{}] }, mark: { type: 'text', align: 'left', baseline: 'middle', x: x + 12, y, color: INK, text: shortName(name, 27) } },
    ];
  });
}

const COLUMNS = 2;
const LINE = 18;

export interface LegendEntry {
  readonly name: string;
  readonly color: string;
  readonly shape: string;
}
