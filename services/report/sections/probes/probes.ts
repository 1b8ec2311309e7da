import type { Estimator } from '../../metrics/estimator.ts';
import type { RunRecords } from '../../records/open-records.ts';
import { byText } from '../../text-order.ts';
import type { ProbeCell, ProbesSection } from './model.ts';

/** Conflict probes by method, variant and group; null without planned probes. */
export async function probesSection(records: RunRecords, estimator: Estimator): Promise<ProbesSection | null> {
  const rows = await records.sql<ProbeSums>(
    `SELECT method, "user", probe_variant AS variant, probe_group AS "group",
       count(*) AS planned, count(*) FILTER (probe_asked) AS asked, count(*) FILTER (probe_scored = 1) AS scored,
       coalesce(sum(probe_correct), 0) AS correct, coalesce(sum(probe_confused), 0) AS confused, coalesce(sum(probe_by_rule), 0) AS "byRule"
     FROM session_rows WHERE probe_planned GROUP BY ALL ORDER BY ALL`,
  );
  if (rows.length === 0) return null;
  const found = [...new Set(rows.map(({ variant }) => variant))];
  const variants = [...VARIANTS.filter((variant) => found.includes(variant)), ...found.filter((variant) => !VARIANTS.includes(variant)).sort(byText)];
  const groups = [...new Set(rows.map(({ group }) => group))].sort(byText);
  const slices = [
    { variant: null, group: null },
    ...variants.map((variant) => ({ variant, group: null })),
    ...groups.map((group) => ({ variant: null, group })),
    ...groups.flatMap((group) => variants.map((variant) => ({ variant, group }))),
  ];
  const cells = slices.flatMap(({ variant, group }) =>
    records.manifest.methods.flatMap(({ name }, method) => {
      const chosen = rows.filter((row) => row.method === method && (variant === null || row.variant === variant) && (group === null || row.group === group));
      return chosen.length === 0 ? [] : [{ method: name, variant, group, ...cellOf(chosen, records.inputs.profiles.length, estimator) }];
    }),
  );
  return { variants, groups, cells };
}

const VARIANTS: readonly string[] = ['aligned', 'neutral', 'adversarial'];

function cellOf(rows: readonly ProbeSums[], profiles: number, estimator: Estimator): Omit<ProbeCell, 'method' | 'variant' | 'group'> {
  const total = (column: 'planned' | 'asked' | 'scored' | 'byRule') => rows.reduce((sum, row) => sum + row[column], 0);
  const estimate = (column: 'correct' | 'confused') => {
    const sums = { over: new Float64Array(profiles), per: new Float64Array(profiles), n: total('scored') };
    for (const row of rows) {
      sums.over[row.user] = sums.over[row.user]! + row[column];
      sums.per[row.user] = sums.per[row.user]! + row.scored;
    }
    return estimator.estimate(estimator.ofSums(sums));
  };
  return { planned: total('planned'), asked: total('asked'), scored: total('scored'), accuracy: estimate('correct'), confusion: estimate('confused'), ruleDecided: total('byRule') };
}

interface ProbeSums {
  readonly method: number;
  readonly user: number;
  readonly variant: string;
  readonly group: string;
  readonly planned: number;
  readonly asked: number;
  readonly scored: number;
  readonly correct: number;
  readonly confused: number;
  readonly byRule: number;
}
