import { holm } from '../../statistics/holm.ts';
import { byText } from '../../text-order.ts';
import { FAMILY, type ComparedMetric } from './family.ts';
import { measured, type Grid } from './grid.ts';
import type { SessionValue } from './input.ts';
import type { CompareSensitivity } from './model.ts';
import { differencesOf, profileValues, testMean } from './paired.ts';
import { verdictOf } from './verdict.ts';

/**
 * The comparison under other rules for the data, to see what leans on them. Sessions are left out in pairs, on both sides of a comparison, so that the two still
 * meet the same problems. These are no further tests of the family: each rule has a Holm correction of its own.
 */
export function sensitivityOf(grid: Grid, metrics: readonly FilledMetric[], isShown: (id: string) => boolean): CompareSensitivity[] {
  const datasets = [...new Set(grid.columns.map(({ dataset }) => dataset))].sort(byText);
  const rules: Rule[] = [
    {
      id: 'complete_case',
      label: 'Complete pairs only',
      about: 'Only pairs of sessions that both came to their end with a value; nothing is filled in.',
      keeps: (column, row, metric) => [row, grid.baseline].every((side) => grid.columns[column]!.cells[side]?.state === 'finished' && measured(grid.columns[column]!.cells[side], metric) !== null),
    },
    {
      id: 'without_runaway',
      label: 'Without runaway sessions',
      about: 'Without pairs of sessions in which a message of the simulated user ran into its length limit on either side.',
      keeps: (column, row) => ![row, grid.baseline].some((side) => grid.columns[column]!.cells[side]?.runaway),
    },
    ...(datasets.length < 2 ? [] : datasets).map((dataset) => ({
      id: `dataset:${dataset}`,
      label: dataset === '' ? 'Problems of no data set' : `Only ${dataset}`,
      about: `Only sessions about problems of ${dataset === '' ? 'no named data set' : dataset}.`,
      keeps: (column: number) => grid.columns[column]!.dataset === dataset,
    })),
  ];
  return rules.map((rule) => applyRule(grid, metrics, isShown, rule));
}

function applyRule(grid: Grid, metrics: readonly FilledMetric[], isShown: (id: string) => boolean, { keeps, ...named }: Rule): CompareSensitivity {
  const others = grid.methods.flatMap((method, row) => (row === grid.baseline ? [] : [{ method, row }]));
  let leftOut = 0;
  const tested = metrics.map(({ metric, values }) => {
    const results = others.map(({ row }) => {
      const isPair = (column: number) => [row, grid.baseline].every((side) => grid.columns[column]!.cells[side] !== undefined);
      const keep = (column: number) => isPair(column) && keeps(column, row, metric);
      if (metric === metrics[0]!.metric) leftOut += grid.columns.filter((_, column) => isPair(column) && !keep(column)).length;
      const [ours, theirs] = [row, grid.baseline].map((side) => profileValues(grid, values[side]!, keep));
      return testMean(differencesOf(ours!, theirs!));
    });
    return { metric, results };
  });
  const inFamily = tested.filter(({ metric }) => FAMILY.includes(metric));
  const corrected = holm(inFamily.flatMap(({ results }) => results.map(({ p }) => p)));
  return {
    ...named,
    leftOut,
    differences: tested.filter(({ metric }) => isShown(metric.id)).flatMap(({ metric, results }) => {
      const place = inFamily.findIndex((entry) => entry.metric === metric);
      const pHolm = place < 0 ? holm(results.map(({ p }) => p)) : corrected.slice(place * others.length, (place + 1) * others.length);
      return others.map(({ method }, index) => {
        const { profiles, difference, interval, p } = results[index]!;
        return { method, metric: metric.id, profiles, difference, interval, p, pHolm: pHolm[index] ?? null, verdict: verdictOf(metric, results[index]!, pHolm[index] ?? null) };
      });
    }),
  };
}

interface FilledMetric {
  readonly metric: ComparedMetric;
  /** By row and column, failures filled in. */
  readonly values: readonly (readonly (SessionValue | null)[])[];
}

interface Rule {
  readonly id: string;
  readonly label: string;
  readonly about: string;
  /** Whether a column counts in the comparison of this row with the baseline. */
  readonly keeps: (column: number, row: number, metric: ComparedMetric) => boolean;
}
