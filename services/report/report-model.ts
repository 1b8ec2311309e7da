import { AttuneError } from '../platform/errors.ts';
import { createEstimator } from './metrics/estimator.ts';
import { estimateMethods } from './metrics/method-estimates.ts';
import { infoOf, METRICS } from './metrics/table.ts';
import type { MissingSessions, ReportModel } from './model.ts';
import type { RunRecords } from './records/open-records.ts';
import { compareSection } from './sections/compare-section.ts';
import { costsSection } from './sections/costs/costs.ts';
import { curvesSection } from './sections/curves/curves.ts';
import { effortSection } from './sections/effort/effort.ts';
import type { JudgeCheck } from './sections/judge-sheet/model.ts';
import { judgeSheetSection, judgeSheetWarnings } from './sections/judge-sheet/section.ts';
import { memorySizeSection } from './sections/memory-size/memory-size.ts';
import { probesSection } from './sections/probes/probes.ts';
import { readWholeSessions, type WholeSessionsOptions } from './sections/whole-sessions.ts';
import { byText } from './text-order.ts';
import { warningsOf } from './warnings.ts';

/**
 * Everything a report says, before it has a form. Equal records give equal models. `differences` say what merged runs differ in and
 * `notes` what was left out while reading.
 * Without a baseline given, "vanilla" is it when the run has that method; else there is no comparison.
 * Throws `invalid_argument` for a baseline that the run does not have.
 */
export async function reportModel(records: RunRecords, { baseline: asked, differences = [], notes = [], judgeCheck = null, ...whole }: ReportModelOptions = {}): Promise<ReportModel> {
  const { manifest, runs, inputs } = records;
  const names = manifest.methods.map(({ name }) => name);
  const baseline = chooseBaseline(names, asked);
  const estimator = createEstimator(inputs.profiles.length);
  const wholeSections = await readWholeSessions(records, whole);
  const estimates = await estimateMethods(records, METRICS, estimator, baseline);
  const faults = await faultsOf(records);
  const curves = await curvesSection(records, METRICS, estimator);
  const compare = baseline === null ? null : await compareSection(records, baseline);
  const judgeSheet = await judgeSheetSection(records, judgeCheck);
  const [counts] = await records.sql<{ planned: number; recorded: number }>('SELECT count(*) AS planned, count(*) FILTER (recorded) AS recorded FROM session_rows');
  return {
    manifest,
    runs,
    profiles: inputs.profiles.length,
    ...counts!,
    baseline,
    metrics: METRICS.map(infoOf),
    methods: manifest.methods.map(({ name, summary, control }, index) => ({ name, summary, control: control ?? false, ...estimates[index]!, faults: faults[index]! })),
    missing: await missingOf(records),
    judges: [...new Set(records.judges.flat())].sort(byText),
    warnings: [...differences, ...judgeSheetWarnings(judgeSheet, [...new Set(records.judges.flat())].sort(byText)), ...(await warningsOf(records, compare, judgeCheck)), ...notes],
    sections: {
      curves,
      probes: await probesSection(records, estimator),
      effort: await effortSection(records, estimates.map((each) => each.estimates)),
      costs: await costsSection(records, estimator),
      memorySize: memorySizeSection(curves),
      ...wholeSections,
      compare,
      judgeSheet,
    },
  };
}

function chooseBaseline(names: readonly string[], asked: string | undefined): string | null {
  if (asked === undefined) return names.includes('vanilla') && names.length > 1 ? 'vanilla' : null;
  if (names.includes(asked)) return names.length > 1 ? asked : null;
  throw new AttuneError('invalid_argument', `The baseline should be a method of this run (${names.join(', ')}), found ${JSON.stringify(asked)}.`);
}

async function faultsOf(records: RunRecords): Promise<{ kind: string; count: number }[][]> {
  const rows = await records.sql<{ method: number; kind: string; count: number }>(
    'SELECT method, kind, count(*) AS count FROM (SELECT method, unnest(fault_kinds) AS kind FROM session_facts) GROUP BY method, kind ORDER BY method, kind',
  );
  return records.manifest.methods.map((_, index) => rows.filter(({ method }) => method === index).map(({ kind, count }) => ({ kind, count })));
}

async function missingOf(records: RunRecords): Promise<MissingSessions[]> {
  const rows = await records.sql<{ method: string; userId: string; session: number }>(
    `SELECT m.name AS method, u.name AS "userId", s.session
     FROM session_rows s JOIN methods m ON m.method = s.method JOIN users u ON u."user" = s."user"
     WHERE NOT recorded ORDER BY s.method, s."user", s.session, s.run`,
  );
  const trajectories = new Map<string, { method: string; userId: string; sessions: number[] }>();
  for (const { method, userId, session } of rows) {
    const key = JSON.stringify([method, userId]);
    const found = trajectories.get(key) ?? { method, userId, sessions: [] };
    found.sessions.push(session);
    trajectories.set(key, found);
  }
  return [...trajectories.values()];
}

export interface ReportModelOptions extends WholeSessionsOptions {
  readonly baseline?: string | undefined;
  readonly differences?: readonly string[];
  readonly notes?: readonly string[];
  /** What is known of the judge; null for nothing. */
  readonly judgeCheck?: JudgeCheck | null;
}
