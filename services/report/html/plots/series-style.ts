import { INK, QUIET, SERIES_COLORS } from './palette.ts';

/**
 * How each method looks in every plot: by colour, by dash and by marker, so that a grey print still tells them apart. The baseline is ink,
 * controls are quiet grey and differ by dash and marker alone, the others take the palette in turn.
 */
export function seriesStyles(methods: readonly { readonly name: string; readonly control: boolean }[], baseline: string | null): Map<string, SeriesStyle> {
  let others = 0;
  let controls = 0;
  return new Map(
    methods.map(({ name, control }): [string, SeriesStyle] => {
      if (name === baseline) return [name, { color: INK, dash: [2, 3], shape: 'circle' }];
      if (control) {
        const index = controls++;
        return [name, { color: QUIET, dash: DASHES[(index + 1) % DASHES.length]!, shape: SHAPES[(index + 3) % SHAPES.length]! }];
      }
      const index = others++;
      return [name, { color: SERIES_COLORS[index % SERIES_COLORS.length]!, dash: DASHES[Math.floor(index / SERIES_COLORS.length) % DASHES.length]!, shape: SHAPES[(index + 1) % SHAPES.length]! }];
    }),
  );
}

const DASHES: readonly (readonly number[])[] = [[1, 0], [7, 3], [9, 3, 2, 3], [4, 2], [12, 4]];
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'triangle-down', 'cross', 'triangle-right', 'triangle-left'] as const;

export interface SeriesStyle {
  readonly color: string;
  /** Lengths of dash and gap. */
  readonly dash: readonly number[];
  readonly shape: string;
}
