import { fixed, formatEstimate, percent } from '../format.ts';
import type { ProbesSection } from '../sections/probes/model.ts';
import { columnsOf, type DataTable } from './data-table.ts';

/** All probes of each method. */
export function probeTable(names: readonly string[], { cells }: ProbesSection): DataTable {
  return {
    columns: columnsOf('Method', 'Planned', 'Asked and answered', 'Scored', 'Accuracy', 'Confusion', 'Decided by rules'),
    rows: names.map((name) => {
      const cell = cells.find(({ method, variant, group }) => method === name && variant === null && group === null);
      if (!cell) return [name, null, null, null, null, null, null];
      return [name, fixed(cell.planned, 0), fixed(cell.asked, 0), fixed(cell.scored, 0), formatEstimate(SHARE, cell.accuracy), percent(cell.confusion.value), fixed(cell.ruleDecided, 0)];
    }),
  };
}

/** Accuracy by variant or by conflict group: a row for each, a column for each method. */
export function accuracyTable(names: readonly string[], { cells, variants, groups }: ProbesSection, by: 'variant' | 'group'): DataTable {
  return {
    columns: columnsOf(by === 'variant' ? 'Wording' : 'Conflict group', ...names),
    rows: (by === 'variant' ? variants : groups).map((value) => [
      value,
      ...names.map((name) => {
        const cell = cells.find((one) => one.method === name && one.variant === (by === 'variant' ? value : null) && one.group === (by === 'group' ? value : null));
        return cell && cell.scored > 0 ? `${formatEstimate(SHARE, cell.accuracy)}, n ${fixed(cell.scored, 0)}` : null;
      }),
    ]),
  };
}

const SHARE = { unit: 'share' };
