import type { TopLevelSpec } from 'vega-lite';
import { legendHeight, legendLayers } from './legend.ts';
import { DRAWING_WIDTH, framed, SHORT_LABEL, shortName, textWidth } from './frame.ts';
import { INK, PAPER, PART_COLORS } from './palette.ts';

/** A bar for each name, cut into parts that are written on them where there is room; the legend stands above and names only parts that occur. */
export function stackPlot({ bars, parts, x, most, text }: StackOptions): Partial<TopLevelSpec> {
  const names = bars.map(({ name }) => name);
  const used = parts.filter((_, index) => bars.some(({ values }) => (values[index] ?? 0) > 0));
  const left = Math.max(40, ...names.map((name) => textWidth(shortName(name)))) + 14;
  const right = 16;
  const width = DRAWING_WIDTH - left - right;
  const values = bars.flatMap((bar) => {
    let start = 0;
    return parts.flatMap((part, index) => {
      const value = bar.values[index] ?? 0;
      const piece = { row: bar.name, part, start, end: start + value, middle: start + value / 2, label: text(value), color: PART_COLORS[index % PART_COLORS.length]![1] };
      start += value;
      return value > 0 ? [{ ...piece, room: (value / most) * width >= textWidth(piece.label) + 4 }] : [];
    });
  });
  const across = { type: 'quantitative', scale: { domain: [0, most], nice: false }, axis: { title: x, tickCount: 5 } } as const;
  const down = { field: 'row', type: 'nominal', scale: { domain: names, paddingInner: 0.25, paddingOuter: 0.1 }, axis: { title: null, ticks: false, domain: false, labelColor: INK, labelPadding: 8, labelExpr: SHORT_LABEL } } as const;
  const fill = { field: 'part', type: 'nominal', legend: null, scale: { domain: [...parts], range: parts.map((_, index) => PART_COLORS[index % PART_COLORS.length]![0]) } } as const;
  return {
    ...framed({ width, height: 27 * names.length, left, right, top: legendHeight(used) }),
    data: { values },
    layer: [
      { mark: { type: 'bar', stroke: PAPER, strokeWidth: 1 }, encoding: { x: { field: 'start', ...across }, x2: { field: 'end' }, y: down, color: fill } },
      {
        transform: [{ filter: 'datum.room' }],
        mark: { type: 'text', baseline: 'middle' },
        encoding: { x: { field: 'middle', ...across }, y: down, text: { field: 'label' }, color: { field: 'color', type: 'nominal', scale: null } },
      },
      ...legendLayers(used.map((part) => ({ name: part, color: PART_COLORS[parts.indexOf(part) % PART_COLORS.length]![0], shape: 'square' })), left),
    ],
  } as Partial<TopLevelSpec>;
}

export interface StackOptions {
  readonly bars: readonly Bar[];
  /** Names of the parts, in order; short enough that two stand beside each other. */
  readonly parts: readonly string[];
  /** Title of the axis, with its unit. */
  readonly x: string;
  /** Where the axis ends. */
  readonly most: number;
  /** How a part's size is written on it. */
  readonly text: (value: number) => string;
}

interface Bar {
  readonly name: string;
  /** One for each part. */
  readonly values: readonly number[];
}
