import { fixed, formatDifference, formatInterval, formatP } from '../format.ts';
import type { CompareModel } from '../sections/compare/model.ts';
import { columnsOf, withText, type DataTable } from './data-table.ts';

/** Signs that tell verdicts apart without colour. */
export const VERDICT_SIGNS = { better: '▲', worse: '▼', unclear: '' } as const;

/** Every difference with its tests; a star marks metrics outside the family that was fixed beforehand. */
export function differenceTable({ differences, metrics }: CompareModel): DataTable {
  return {
    columns: withText(columnsOf('Metric', 'Method', 'Difference', '95 % interval', 'Bootstrap', 'p', 'p (Holm)', 'p (Wilcoxon)', 'd_z', 'Smallest gap shown', 'Profiles', 'Verdict'), 'Method'),
    rows: differences.map((one) => {
      const metric = metrics.find(({ id }) => id === one.metric);
      const unit = metric ?? { unit: '' };
      return [
        `${metric?.label ?? one.metric}${metric?.inFamily === false ? ' *' : ''}`,
        one.method,
        formatDifference(unit, one.difference),
        formatInterval(unit, one) || null,
        formatInterval(unit, { interval: one.bootstrap }) || null,
        formatP(one.p),
        formatP(one.pHolm),
        formatP(one.pWilcoxon),
        one.dz === null ? null : fixed(one.dz, 2),
        one.smallestGap === null ? null : formatDifference(unit, one.smallestGap).replace(/^\+/, ''),
        fixed(one.profiles, 0),
        one.verdict === 'unclear' ? 'not shown' : `${VERDICT_SIGNS[one.verdict]} ${one.verdict}`,
      ];
    }),
  };
}

/** For every metric its groups of methods that cannot be told apart, and who is best. */
export function tiedSets({ tied, metrics }: CompareModel): { metric: string; text: string }[] {
  return tied.map(({ metric, groups, bestOrTied }) => ({
    metric: metrics.find(({ id }) => id === metric)?.label ?? metric,
    text: groups.length === 0 ? 'no method has a value' : `${groups.map((group) => `{${group.join(', ')}}`).join(' ')}${bestOrTied.length > 0 ? `; best or tied with the best: ${bestOrTied.join(', ')}` : ''}`,
  }));
}

export function flipTable({ baseline, flips }: CompareModel): DataTable {
  return {
    columns: columnsOf('Method', 'Sessions', 'Both solved', 'Neither', `Lost (${baseline} solved it)`, 'Won', 'McNemar p, exact', 'mid-p'),
    rows: flips.map(({ method, sessions, both, neither, lost, won, pExact, pMid }) => [method, ...[sessions, both, neither, lost, won].map((count) => fixed(count, 0)), formatP(pExact), formatP(pMid)]),
  };
}

/** Family metrics only: a rule for the data is of interest where a conclusion was drawn. */
export function sensitivityTable(compare: CompareModel): DataTable {
  const shown = compare.differences.flatMap((one, index) => {
    const metric = compare.metrics.find(({ id }) => id === one.metric);
    return metric?.inFamily ? [{ one, index, metric }] : [];
  });
  return {
    columns: withText(columnsOf('Metric', 'Method', 'As reported', ...compare.sensitivity.map(({ label }) => label)), 'Method'),
    rows: shown.map(({ one, index, metric }) => [
      metric.label,
      one.method,
      `${formatDifference(metric, one.difference)} ${VERDICT_SIGNS[one.verdict]}`.trim(),
      ...compare.sensitivity.map(({ differences }) => {
        const other = differences[index];
        return other ? `${formatDifference(metric, other.difference)} ${VERDICT_SIGNS[other.verdict]}`.trim() : null;
      }),
    ]),
  };
}

/** What was filled in or left out. */
export function countTable({ counts }: CompareModel): DataTable {
  return {
    columns: columnsOf('Method', 'Sessions planned', 'Missing', 'Failed', 'Runaway user', 'Unscored'),
    rows: counts.map(({ method, sessions, missing, failed, runaway, unscored }) => [method, ...[sessions, missing, failed, runaway, unscored].map((count) => fixed(count, 0))]),
  };
}
