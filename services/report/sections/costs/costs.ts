import type { Estimator } from '../../metrics/estimator.ts';
import { readProfileSums } from '../../metrics/profile-sums.ts';
import type { Metric } from '../../metrics/sql-metric.ts';
import { loadSql } from '../../records/database.ts';
import { pricesOf, wattsOf } from '../../records/load-plan.ts';
import type { RunRecords } from '../../records/open-records.ts';
import type { CostsSection, MethodCost, RoleCost } from './model.ts';

/** Calls, tokens, time, money and energy by method and role. */
export async function costsSection(records: RunRecords, estimator: Estimator): Promise<CostsSection> {
  const roles = await records.sql<RoleCost>(await loadSql(new URL('./role-costs.sql', import.meta.url)));
  const sums = await readProfileSums(records, COSTS.map(({ metric }) => metric));
  return {
    roles,
    methods: records.manifest.methods.map(({ name: method }, index) => {
      const estimates = COSTS.map(({ field, metric }) => [field, estimator.estimate(estimator.ofSums(sums[index]!.get(metric.id)!))] as const);
      return { method, ...(Object.fromEntries(estimates) as Omit<MethodCost, 'method'>) };
    }),
    priced: records.runs.some((run) => Object.keys(pricesOf(run)).length > 0),
    metered: records.runs.some((run) => Object.keys(wattsOf(run)).length > 0),
  };
}

/** Means over sessions, except the last, whose sum is taken by the number of successes. */
const COSTS = (
  [
    ['wallSeconds', 'wall_seconds'],
    ['money', 'money'],
    ['measuringMoney', 'measuring_money'],
    ['wattHours', 'watt_hours'],
    ['measuringWattHours', 'measuring_watt_hours'],
    ['moneyPerSuccess', 'money', 'success'],
  ] as const
).map(([field, over, per]): { field: keyof MethodCost; metric: Metric } => ({
  field,
  metric: { id: field, label: '', about: '', unit: 'currency per session', direction: 'lower', kind: 'ratio', group: 'Cost', over, ...(per && { per }) },
}));
