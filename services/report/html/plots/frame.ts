import type { TopLevelSpec } from 'vega-lite';
import type { SeriesStyle } from './series-style.ts';

/**
 * A drawing with fixed room for its axes: the library can't measure text without a browser and guesses far too wide, which would leave plots
 * of one page at different scales. Lengths are in the drawing's own units, about a pixel each at the usual width.
 */
export function framed(room: { width: number; height: number; left: number; right: number; top?: number; bottom?: number }): Partial<TopLevelSpec> {
  const { width, height, left, right, top = 10, bottom = 44 } = room;
  return { width, height, autosize: { type: 'none' }, padding: { left, right, top, bottom } };
}

/** The whole drawing's width, so that text has one size in all plots of a page. */
export const DRAWING_WIDTH = 390;

/** About how wide a text of 12 units is. */
export function textWidth(text: string): number {
  return 6.6 * [...text].length;
}

/** A name that fits; tables have the whole one. */
export function shortName(name: string, most = LONGEST_NAME): string {
  const letters = [...name];
  return letters.length <= most ? name : `${letters.slice(0, most - 1).join('')}…`;
}

const LONGEST_NAME = 20;
/** The same as an expression for the labels of an axis. */
export const SHORT_LABEL = `length(datum.label) > ${LONGEST_NAME} ? slice(datum.label, 0, ${LONGEST_NAME - 1}) + '…' : datum.label`;

/** Scales that give every series its own look, shared by all its marks. */
export function looks(names: readonly string[], styles: ReadonlyMap<string, SeriesStyle>): Looks {
  const found = names.map((name) => styles.get(name)!);
  return {
    color: { domain: [...names], range: found.map(({ color }) => color) },
    dash: { domain: [...names], range: found.map(({ dash }) => [...dash]) },
    shape: { domain: [...names], range: found.map(({ shape }) => shape) },
  };
}

/** Moves values apart that are closer than `gap`, as little as possible, within 0 and `limit`. Keeps the order of the list. */
export function spreadApart(values: readonly number[], gap: number, limit: number): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]! || a - b);
  const moved: number[] = [];
  for (const [position, index] of order.entries()) moved.push(Math.max(values[index]!, position === 0 ? 0 : moved[position - 1]! + gap));
  for (let position = moved.length - 1, most = limit; position >= 0; position -= 1, most = moved[position + 1]! - gap) moved[position] = Math.min(moved[position]!, most);
  const result = new Array<number>(values.length);
  for (const [position, index] of order.entries()) result[index] = moved[position]!;
  return result;
}

export interface Looks {
  readonly color: { domain: string[]; range: string[] };
  readonly dash: { domain: string[]; range: number[][] };
  readonly shape: { domain: string[]; range: string[] };
}
