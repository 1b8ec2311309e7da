import type { TopLevelSpec } from 'vega-lite';
import { DRAWING_WIDTH, framed, looks, SHORT_LABEL, shortName, spreadApart, textWidth } from './frame.ts';
import { INK, PAPER } from './palette.ts';
import type { SeriesStyle } from './series-style.ts';

/**
 * Lines over the sessions, each with its band and its name at its end. With more lines than one drawing can hold, each gets a small drawing
 * of its own beside the baseline's line.
 */
export function linesPlot(options: LinesOptions): Partial<TopLevelSpec> {
  const { lines } = options;
  return lines.length > MOST_TOGETHER ? panels(options) : together(options);
}

/** What a caption must add about small drawings; empty when all lines stand in one. */
export function panelNote(lines: readonly unknown[], baseline: string | null): string {
  return lines.length > MOST_TOGETHER && baseline !== null ? ` The dotted line in each is ${baseline}.` : '';
}

const MOST_TOGETHER = 7;
/** At most about this many markers on a line. */
const MARKERS = 8;
const LINE_OF_TEXT = 15;

function together({ lines, styles, x, y }: LinesOptions): Partial<TopLevelSpec> {
  const room = Math.max(0, ...lines.map(({ name }) => textWidth(shortName(name)))) + 34;
  const left = 66;
  const width = DRAWING_WIDTH - left - room;
  const height = Math.max(230, LINE_OF_TEXT * lines.length);
  const { top, last } = extent(lines);
  const ends = lines.map(({ points }) => points.findLast(({ value }) => value !== null)?.value ?? 0);
  const places = spreadApart(ends.map((value) => height * (1 - value / top)), LINE_OF_TEXT, height);
  const scales = looks(lines.map(({ name }) => name), styles);
  const labels = lines.map(({ name }, index) => ({ name, label: shortName(name), y: places[index]! }));
  const key = { field: 'name', type: 'nominal', legend: null } as const;
  return {
    ...framed({ width, height, left, right: room }),
    data: { values: rowsOf(lines) },
    layer: [
      ...bandAndLine({ scales, last, top, x, y, opacity: lines.length > 4 ? 0.08 : 0.15 }),
      {
        data: { values: labels },
        mark: { type: 'rule', strokeWidth: 2, x: width + 6, x2: width + 24 },
        encoding: { y: { field: 'y', type: 'quantitative', scale: null }, color: { ...key, scale: scales.color }, strokeDash: { ...key, scale: scales.dash } },
      },
      {
        data: { values: labels },
        mark: { type: 'point', filled: true, size: 54, opacity: 1, x: width + 15, stroke: PAPER, strokeWidth: 1 },
        encoding: { y: { field: 'y', type: 'quantitative', scale: null }, color: { ...key, scale: scales.color }, shape: { ...key, scale: scales.shape } },
      },
      {
        data: { values: labels },
        mark: { type: 'text', align: 'left', baseline: 'middle', x: width + 29, color: INK },
        encoding: { y: { field: 'y', type: 'quantitative', scale: null }, text: { field: 'label' } },
      },
    ],
  };
}

function panels({ lines, styles, x, y, baseline }: LinesOptions): Partial<TopLevelSpec> {
  const reference = lines.find(({ name }) => name === baseline);
  const shown = lines.filter((line) => line !== reference);
  const { top, last } = extent(lines);
  const scales = looks(lines.map(({ name }) => name), styles);
  const values = shown.flatMap((line) => {
    const panel = line.name;
    return [...rowsOf([line]), ...(reference ? rowsOf([reference]).map((row) => ({ ...row, low: null, high: null, marked: false })) : [])].map((row) => ({ ...row, panel }));
  });
  return {
    title: { text: y, anchor: 'start', fontSize: 12.5, fontWeight: 'normal', color: INK, offset: 8 },
    data: { values },
    columns: 3,
    bounds: 'flush',
    spacing: { row: 34, column: 16 },
    facet: { field: 'panel', type: 'nominal', sort: shown.map(({ name }) => name), header: { title: null, labelPadding: 4, labelFontSize: 11, labelFontWeight: 'normal', labelExpr: SHORT_LABEL } },
    spec: { width: 98, height: 80, layer: bandAndLine({ scales, last, top, x, y: null, opacity: 0.18, small: true }) },
  };
}

function bandAndLine({ scales, last, top, x, y, opacity, small = false }: MarksOptions) {
  const key = { field: 'name', type: 'nominal', legend: null } as const;
  const across = { field: 'x', type: 'quantitative' as const, scale: { domain: [0, last], nice: false }, axis: { title: x, tickMinStep: 1, tickCount: small ? 3 : 6, format: 'd' } };
  const up = (field: string) => ({ field, type: 'quantitative' as const, scale: { domain: [0, top], nice: false }, axis: { title: y, tickCount: small ? 3 : 5 } });
  return [
    { mark: { type: 'area' as const, opacity }, encoding: { x: across, y: up('low'), y2: { field: 'high' }, color: { ...key, scale: scales.color } } },
    {
      mark: { type: 'line' as const, strokeWidth: 2, strokeJoin: 'round' as const },
      encoding: { x: across, y: up('value'), color: { ...key, scale: scales.color }, strokeDash: { ...key, scale: scales.dash } },
    },
    {
      transform: [{ filter: 'datum.marked' }],
      mark: { type: 'point' as const, filled: true, size: small ? 22 : 54, opacity: 1, stroke: PAPER, strokeWidth: 1 },
      encoding: { x: across, y: up('value'), color: { ...key, scale: scales.color }, shape: { ...key, scale: scales.shape } },
    },
  ];
}

/** Lines that lie on each other still show their markers, since each line marks other points. */
function rowsOf(lines: readonly Line[]): Row[] {
  return lines.flatMap(({ name, points }, index) => {
    const every = Math.ceil(points.length / MARKERS);
    const alone = (at: number) => (points[at - 1]?.value ?? null) === null && (points[at + 1]?.value ?? null) === null;
    return points.map((point, at) => ({ name, ...point, marked: point.value !== null && ((at + index) % every === 0 || alone(at)) }));
  });
}

function extent(lines: readonly Line[]): { top: number; last: number } {
  const points = lines.flatMap(({ points: all }) => all);
  const most = points.reduce((found, { value, high }) => Math.max(found, value ?? 0, high ?? 0), 0);
  return { top: most > 0 ? most * 1.04 : 1, last: points.reduce((found, { x }) => Math.max(found, x), 1) };
}

export interface LinesOptions {
  readonly lines: readonly Line[];
  readonly styles: ReadonlyMap<string, SeriesStyle>;
  /** Titles of the axes, with units. */
  readonly x: string;
  readonly y: string;
  readonly baseline: string | null;
}

export interface Line {
  readonly name: string;
  /** In order of x; values not below 0, in the unit of the axis; null is a gap. */
  readonly points: readonly LinePoint[];
}

export interface LinePoint {
  readonly x: number;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

interface Row extends LinePoint {
  readonly name: string;
  readonly marked: boolean;
}

interface MarksOptions {
  readonly scales: ReturnType<typeof looks>;
  readonly last: number;
  readonly top: number;
  readonly x: string;
  /** Null: said elsewhere. */
  readonly y: string | null;
  readonly opacity: number;
  readonly small?: boolean;
}
