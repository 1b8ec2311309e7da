import type { TopLevelSpec } from 'vega-lite';
import { DRAWING_WIDTH, framed, looks, shortName, spreadApart, textWidth } from './frame.ts';
import { INK, PAPER, QUIET, SERIES_COLORS } from './palette.ts';
import type { SeriesStyle } from './series-style.ts';

/** One named point for each method, with the intervals of both values; names stand at the right, each at the end of a line from its point. */
export function namedScatter({ points, styles, x, y, domainX, domainY }: NamedScatterOptions): Partial<TopLevelSpec> {
  const left = 66;
  const right = Math.max(0, ...points.map(({ name }) => textWidth(shortName(name)))) + 26;
  const width = DRAWING_WIDTH - left - right;
  const height = Math.max(260, LINE_OF_TEXT * points.length);
  const scales = looks(points.map(({ name }) => name), styles);
  const placeX = (value: number) => ((value - domainX[0]) / (domainX[1] - domainX[0])) * width;
  const placeY = (value: number) => height * (1 - (value - domainY[0]) / (domainY[1] - domainY[0]));
  const places = spreadApart(points.map((point) => placeY(point.y.value)), LINE_OF_TEXT, height);
  const labels = points.map(({ name, x: a, y: b }, index) => ({ name, label: shortName(name), x: placeX(a.value) + 6, y: placeY(b.value), endX: width + 16, endY: places[index]! }));
  const values = points.map(({ name, x: a, y: b }) => ({ name, x: a.value, y: b.value, lowX: a.low, highX: a.high, lowY: b.low, highY: b.high }));
  const across = { type: 'quantitative', scale: { domain: domainX, nice: false }, axis: { title: x, grid: true, tickCount: 4 } } as const;
  const up = { type: 'quantitative', scale: { domain: domainY, nice: false }, axis: { title: y, tickCount: 5 } } as const;
  const key = { field: 'name', type: 'nominal', legend: null } as const;
  const raw = (field: string) => ({ field, type: 'quantitative' as const, scale: null });
  return {
    ...framed({ width, height, left, right }),
    data: { values },
    layer: [
      { data: { values: labels }, mark: { type: 'rule', strokeWidth: 0.8, color: QUIET, opacity: 0.6 }, encoding: { x: raw('x'), y: raw('y'), x2: { field: 'endX' }, y2: { field: 'endY' } } },
      { mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.7 }, encoding: { x: { field: 'lowX', ...across }, x2: { field: 'highX' }, y: { field: 'y', ...up }, color: { ...key, scale: scales.color } } },
      { mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.7 }, encoding: { x: { field: 'x', ...across }, y: { field: 'lowY', ...up }, y2: { field: 'highY' }, color: { ...key, scale: scales.color } } },
      {
        mark: { type: 'point', filled: true, size: 80, opacity: 1, stroke: PAPER, strokeWidth: 1 },
        encoding: { x: { field: 'x', ...across }, y: { field: 'y', ...up }, color: { ...key, scale: scales.color }, shape: { ...key, scale: scales.shape } },
      },
      { data: { values: labels }, mark: { type: 'text', align: 'left', baseline: 'middle', color: INK, dx: 4 }, encoding: { x: raw('endX'), y: raw('endY'), text: { field: 'label' } } },
    ],
  };
}

/** Many points without names, e.g. one for each user or pair. */
export function cloudScatter({ points, x, y, domainX, domainY, square = false, diagonal = false }: CloudOptions): Partial<TopLevelSpec> {
  const [left, right] = [66, 16];
  const width = DRAWING_WIDTH - left - right;
  const many = points.length > 200;
  const across = { type: 'quantitative', scale: domainX ? { domain: domainX, nice: false } : { zero: false }, axis: { title: x, grid: true, tickCount: 5 } } as const;
  const up = { type: 'quantitative', scale: domainY ? { domain: domainY, nice: false } : { zero: false }, axis: { title: y, tickCount: 5 } } as const;
  return {
    ...framed({ width, height: square ? width * 0.8 : 260, left, right }),
    data: { values: points },
    layer: [
      ...(diagonal && domainX && domainY
        ? [{ data: { values: [0, 1].map((end) => ({ x: domainX[end], y: domainY[end] })) }, mark: { type: 'line', color: QUIET, strokeDash: [4, 3], strokeWidth: 1 }, encoding: { x: { field: 'x', ...across }, y: { field: 'y', ...up } } } as const]
        : []),
      { mark: { type: 'point', filled: true, size: many ? 16 : 42, opacity: many ? 0.35 : 0.75, color: SERIES_COLORS[0] }, encoding: { x: { field: 'x', ...across }, y: { field: 'y', ...up } } },
    ],
  } as Partial<TopLevelSpec>;
}

const LINE_OF_TEXT = 15;

export interface NamedScatterOptions {
  readonly points: readonly { readonly name: string; readonly x: Spread; readonly y: Spread }[];
  readonly styles: ReadonlyMap<string, SeriesStyle>;
  /** Titles of the axes, with units. */
  readonly x: string;
  readonly y: string;
  readonly domainX: [number, number];
  readonly domainY: [number, number];
}

export interface CloudOptions {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly x: string;
  readonly y: string;
  readonly domainX?: [number, number];
  readonly domainY?: [number, number];
  readonly square?: boolean;
  /** A dashed line from corner to corner of the domains. */
  readonly diagonal?: boolean;
}

interface Spread {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}
