/**
 * How the lines of a plot differ: by colour (Okabe and Ito's palette, made for colour-blind readers, without its yellow, which white paper
 * swallows), by dash and by marker, so that a grey print still tells them apart. Colours are CSS variables, since dark paper needs lighter ones.
 */
export function seriesStyle(index: number): SeriesStyle {
  return {
    className: `s${index % COLOURS}`,
    dash: DASHES[index % DASHES.length]!,
    marker: MARKERS[index % MARKERS.length]!,
  };
}

const COLOURS = 7;
const DASHES = ['none', '7 3', '2 3', '9 3 2 3', '12 4'] as const;
/** Paths around 0,0 of about 8 units. */
const MARKERS = [
  'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z',
  'M-3.2 -3.2h6.4v6.4h-6.4z',
  'M0 -4.2l4 7h-8z',
  'M0 -4.6l4.6 4.6l-4.6 4.6l-4.6 -4.6z',
  'M0 4.2l4 -7h-8z',
  'M-4 -1.3h2.7v-2.7h2.6v2.7h2.7v2.6h-2.7v2.7h-2.6v-2.7h-2.7z',
] as const;

export interface SeriesStyle {
  readonly className: string;
  readonly dash: string;
  readonly marker: string;
}
