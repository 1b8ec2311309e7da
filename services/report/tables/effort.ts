import { formatEstimate } from '../format.ts';
import type { EffortSection } from '../sections/effort/model.ts';
import { columnsOf, type DataTable } from './data-table.ts';

/** Enforcements a session as the rate at which users enforce times the turns they take. */
export function enforcementTable({ methods }: EffortSection): DataTable {
  return {
    columns: columnsOf('Method', 'Enforcing share of answering messages', 'Turns a session', 'Enforcements a session'),
    rows: methods.map(({ method, enforcementRate, turnsPerSession, enforcementsPerSession }) => [
      method,
      formatEstimate({ unit: 'share' }, enforcementRate),
      formatEstimate({ unit: 'turns' }, turnsPerSession),
      formatEstimate({ unit: 'per session' }, enforcementsPerSession),
    ]),
  };
}
