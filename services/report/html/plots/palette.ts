/**
 * Colours of plots as they stand in the files under report/plots (ink on white), and the CSS variable that takes the place of each inside the
 * page, where dark paper needs lighter ones. Lines take Okabe and Ito's palette, made for colour-blind readers, a little darker where white
 * paper swallows it and without its yellow.
 */
export const INK = '#1b1f24';
export const QUIET = '#57606a';
export const RULE = '#d5d9de';
export const PAPER = '#ffffff';
export const SERIES_COLORS = ['#0072b2', '#d55e00', '#008060', '#b8578f', '#a66c00', '#3498d4'] as const;

/** Parts of a whole and the text on them: alike on light and dark paper; neighbours differ in lightness, so that a grey print tells them apart. */
export const PART_COLORS: readonly (readonly [fill: string, text: string])[] = [
  ['#1f5f8b', '#fefefe'],
  ['#f2b84b', '#111111'],
  ['#7a3e6d', '#fefefe'],
  ['#8fc6e8', '#111111'],
  ['#b34a00', '#fefefe'],
  ['#b9d9b0', '#111111'],
  ['#006d56', '#fefefe'],
  ['#c7ccd1', '#111111'],
];

/** Presentation attributes take CSS variables, so one drawing serves light and dark paper. */
export function withVariables(svg: string): string {
  return svg.replace(/(fill|stroke)="(#[0-9a-f]{6})"/g, (whole, attribute: string, color: string) => {
    const variable = VARIABLES.get(color);
    return variable ? `${attribute}="var(${variable})"` : whole;
  });
}

const VARIABLES = new Map<string, string>([
  [INK, '--ink'],
  [QUIET, '--quiet'],
  [RULE, '--rule'],
  [PAPER, '--paper'],
  ...SERIES_COLORS.map((color, index): [string, string] => [color, `--s${index}`]),
]);
