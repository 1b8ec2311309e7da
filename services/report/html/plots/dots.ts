import type { TopLevelSpec } from 'vega-lite';
import { legendHeight, legendLayers } from './legend.ts';
import { DRAWING_WIDTH, framed, looks, SHORT_LABEL, shortName, textWidth } from './frame.ts';
import { INK, QUIET } from './palette.ts';
import type { SeriesStyle } from './series-style.ts';

/**
 * A line for each name and on it a value with its interval; with several groups each has its marker, one below the other. Values of a single
 * group are also written out, at the right.
 */
export function dotsPlot({ dots, names, groups, styles, x, domain, reference }: DotsOptions): Partial<TopLevelSpec> {
  const several = groups.length > 1;
  const step = several ? 13 * groups.length + 12 : 26;
  const left = Math.max(40, ...names.map((name) => textWidth(shortName(name)))) + 14;
  const right = several ? 12 : Math.max(20, ...dots.map(({ text }) => textWidth(text))) + 16;
  const width = DRAWING_WIDTH - left - right;
  const values = dots.map((dot) => ({ ...dot, row: dot.name }));
  const scales = looks(several ? groups : [], styles);
  const bounds = domain ?? extent(dots);
  const across = { type: 'quantitative', scale: { domain: bounds, nice: false, clamp: true }, axis: { title: x, grid: true, tickCount: 5 } } as const;
  const down = { field: 'row', type: 'nominal', scale: { domain: [...names], paddingInner: 0.1, paddingOuter: 0.1 }, axis: { title: null, ticks: false, domain: false, labelColor: INK, labelPadding: 8, labelExpr: SHORT_LABEL } } as const;
  const apart = several ? { yOffset: { field: 'group', type: 'nominal', scale: { domain: [...groups], paddingOuter: 0.4 } } as const } : {};
  const key = { field: 'group', type: 'nominal', legend: null } as const;
  const look = several ? { color: { ...key, scale: scales.color }, shape: { ...key, scale: scales.shape as never } } : {};
  return {
    ...framed({ width, height: step * names.length, left, right, top: several ? legendHeight(groups) : 10 }),
    data: { values },
    layer: [
      ...(reference === undefined ? [] : [{ data: { values: [{ at: reference }] }, mark: { type: 'rule', color: QUIET, strokeDash: [4, 3] }, encoding: { x: { field: 'at', ...across } } } as const]),
      { mark: { type: 'rule', strokeWidth: 2, color: QUIET }, encoding: { x: { field: 'low', ...across }, x2: { field: 'high' }, y: down, ...apart, ...(several && { color: { ...key, scale: scales.color } }) } },
      { mark: { type: 'point', filled: true, size: 64, opacity: 1, color: INK }, encoding: { x: { field: 'value', ...across }, y: down, ...apart, ...look } },
      ...(several
        ? []
        : [{ mark: { type: 'text', align: 'left', baseline: 'middle', x: width + 8, color: INK }, encoding: { y: down, text: { field: 'text' } } } as const]),
      ...(several ? legendLayers(groups.map((group) => ({ name: group, color: styles.get(group)!.color, shape: styles.get(group)!.shape })), left) : []),
    ],
  } as Partial<TopLevelSpec>;
}

function extent(dots: readonly Dot[]): [number, number] {
  const all = dots.flatMap(({ value, low, high }) => [value, low, high]).filter((number) => number !== null);
  const [least, most] = [Math.min(0, ...all), Math.max(0, ...all)];
  return most > least ? [least * 1.04, most * 1.04] : [0, 1];
}

export interface DotsOptions {
  readonly dots: readonly Dot[];
  /** From top to bottom. */
  readonly names: readonly string[];
  /** One: all dots look alike. */
  readonly groups: readonly string[];
  /** By group. */
  readonly styles: ReadonlyMap<string, SeriesStyle>;
  /** Title of the axis, with its unit. */
  readonly x: string;
  /** Default: from 0 (or below) to the largest. */
  readonly domain?: [number, number];
  /** Where a dashed line stands, e.g. at no difference. */
  readonly reference?: number;
}

export interface Dot {
  readonly name: string;
  readonly group: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The value for a reader. */
  readonly text: string;
}
