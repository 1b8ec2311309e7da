import type { Estimate } from '../../metrics/metric.ts';
import type { RunRecords } from '../../records/open-records.ts';
import { EFFORT_CATEGORIES } from './categories.ts';
import type { EffortPoint, EffortSection } from './model.ts';

/** Effort by kind and session; the estimates of each method come from the table of metrics. */
export async function effortSection(records: RunRecords, estimates: readonly Readonly<Record<string, Estimate>>[]): Promise<EffortSection> {
  const counted = EFFORT_CATEGORIES.filter(({ column }) => column !== null);
  const rows = await records.sql<EffortPoint & { method: number }>(
    `SELECT method, session, count(*) FILTER (recorded) AS n,
       ${counted.map(({ id, column }) => `avg(${column})::DOUBLE AS ${id}`).join(', ')},
       avg(${counted.map(({ weight, column }) => `${weight} * ${column}`).join(' + ')})::DOUBLE AS weighted,
       avg(user_tokens)::DOUBLE AS "userTokens"
     FROM session_rows GROUP BY method, session ORDER BY method, session`,
  );
  return {
    categories: EFFORT_CATEGORIES.map(({ id, label, weight, about, recorded }) => ({ id, label, weight, about, recorded })),
    methods: records.manifest.methods.map(({ name }, index) => ({
      method: name,
      enforcementRate: estimates[index]!['enforcement_rate']!,
      turnsPerSession: estimates[index]!['agent_turns']!,
      enforcementsPerSession: estimates[index]!['enforcements']!,
      bySession: rows.filter(({ method }) => method === index).map(({ method: _, ...point }) => point),
    })),
  };
}
