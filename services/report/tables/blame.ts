import { fixed, percent } from '../format.ts';
import type { BlameSection } from '../sections/blame/model.ts';
import { columnsOf, type DataTable } from './data-table.ts';

/** Shares of each method's violations by cause, with counts. */
export function blameTable({ causes, methods }: BlameSection): DataTable {
  return {
    columns: columnsOf('Method', 'Violations', ...causes.map(({ label }) => label)),
    rows: methods.map((one) => [one.method, fixed(one.violations, 0), ...one.causes.map(({ count, share }) => (one.violations === 0 ? null : `${percent(share)} (${fixed(count, 0)})`))]),
  };
}
