import type { Manifest } from './manifest.ts';
import { pricesOf } from './records/load-plan.ts';
import type { RunRecords } from './records/open-records.ts';
import { judgeNoiseWarning, underpoweredWarning } from './sections/compare/compare-warnings.ts';
import type { CompareModel } from './sections/compare/model.ts';
import type { JudgeCheck } from './sections/judge-sheet/model.ts';
import { judgeNoiseFrom } from './sections/judge-sheet/section.ts';
import { byText } from './text-order.ts';

/** What a reader must know before believing the numbers, most serious first. */
export async function warningsOf(records: RunRecords, compare: CompareModel | null, judgeCheck: JudgeCheck | null): Promise<string[]> {
  const methods = await records.sql<MethodCounts>(COUNTS);
  const perMethod = (what: string, describe: (counts: MethodCounts) => string | null) => {
    const found = methods.flatMap((counts) => {
      const text = describe(counts);
      return text === null ? [] : [`${counts.name} ${text}`];
    });
    return found.length > 0 ? [`${what}: ${found.join('; ')}.`] : [];
  };
  const total = (column: 'planned' | 'recorded') => methods.reduce((sum, counts) => sum + counts[column], 0);
  const missing = total('planned') - total('recorded');
  const profiles = records.inputs.profiles.length;
  const judges = new Set(records.judges.flat()).size;
  return [
    ...(missing > 0 ? [`${missing} of ${total('planned')} planned sessions have no record; they count as failures in task success and are in no other metric.`] : []),
    ...perMethod('Sessions ended with an error and count as failures', errorText),
    ...perMethod('Finished sessions wait for a verdict (resume the run to judge them)', unjudgedText),
    ...perMethod('The judge could not score everything; what is unscored is in no score', unscoredText),
    ...(judges > 1 ? [`Verdicts come from ${judges} different judges, which makes them hard to compare.`] : []),
    ...(compare ? [judgeNoiseWarning(compare, judgeCheck?.stability.length ? await judgeNoiseFrom(records, judgeCheck) : await judgeNoiseOf(records)), underpoweredWarning(compare)].filter((sentence) => sentence !== null) : []),
    ...records.runs.flatMap((manifest) => certificateWarnings(manifest, records.runs.length > 1)),
    ...unpairedWarning(methods),
    ...(await unpricedWarning(records)),
    ...(profiles < FEW_PROFILES ? [fewProfiles(profiles)] : []),
  ];
}

/** Share of failed sessions above which results lean on how failures are counted. */
const ERROR_LIMIT = 0.02;
/** Below this many clusters a percentile bootstrap covers clearly less than it says. */
const FEW_PROFILES = 10;

const COUNTS = `
  SELECT m.name, count(*) AS planned, count(DISTINCT s."user") AS users, count(*) FILTER (recorded) AS recorded, count(*) FILTER (finished) AS finished,
    count(*) FILTER (status = 'agent_error') AS "agentErrors", count(*) FILTER (status = 'sim_error') AS "simErrors",
    count(*) FILTER (finished AND NOT task_judged) AS "taskUnjudged", count(*) FILTER (finished AND NOT turns_judged) AS "turnsUnjudged",
    count(*) FILTER (finished AND probe_asked AND NOT probe_judged) AS "probesUnjudged",
    count(*) FILTER (finished AND task_judged) AS "tasksJudged", count(*) FILTER (finished AND task_judged AND correct IS NULL) AS "tasksUnscored",
    coalesce(sum(agent_turns) FILTER (finished AND turns_judged), 0) AS "turnsSeen",
    coalesce(sum(greatest(0, agent_turns - scored_turns)) FILTER (finished AND turns_judged), 0) AS "turnsUnscored",
    count(*) FILTER (finished AND probe_judged) AS "probesJudged", count(*) FILTER (finished AND probe_judged AND probe_scored = 0) AS "probesUnscored"
  FROM session_rows s JOIN methods m ON m.method = s.method GROUP BY s.method, m.name ORDER BY s.method`;

/** Enforcement decides sessions, so a user who enforces too much or too little moves every number. */
function certificateWarnings({ simulatorCertificate: certificate, runId }: Manifest, several: boolean): string[] {
  // Undefined: an earlier Attune, which did not ask.
  if (certificate === undefined || certificate?.passed) return [];
  const run = several ? `run ${runId}` : 'this run';
  if (certificate) return [`The simulated user of ${run} is below the bar in ${certificate.failed.join(', ')}; it may enforce what it should not, or miss what it should.`];
  return [`Nobody has certified the simulated user of ${run}, so how often it enforces wrongly is unknown; make a certificate with: attune simulator certify.`];
}

function errorText({ recorded, agentErrors, simErrors }: MethodCounts): string | null {
  const failed = agentErrors + simErrors;
  if (failed <= recorded * ERROR_LIMIT) return null;
  const kinds = [...(agentErrors > 0 ? [`${agentErrors} agent_error`] : []), ...(simErrors > 0 ? [`${simErrors} sim_error`] : [])];
  return `${failed} of ${recorded} (${kinds.join(', ')})`;
}

function unjudgedText({ finished, taskUnjudged, turnsUnjudged, probesUnjudged }: MethodCounts): string | null {
  if (taskUnjudged === 0 && turnsUnjudged === 0 && probesUnjudged === 0) return null;
  return `${taskUnjudged} of ${finished} for the task, ${turnsUnjudged} for the turns${probesUnjudged > 0 ? `, ${probesUnjudged} for the probe` : ''}`;
}

function unscoredText({ tasksJudged, tasksUnscored, turnsSeen, turnsUnscored, probesJudged, probesUnscored }: MethodCounts): string | null {
  if (tasksUnscored === 0 && turnsUnscored === 0 && probesUnscored === 0) return null;
  return `${tasksUnscored} of ${tasksJudged} tasks and ${turnsUnscored} of ${turnsSeen} agent turns${probesUnscored > 0 ? ` and ${probesUnscored} of ${probesJudged} probes` : ''}`;
}

function unpairedWarning(methods: readonly MethodCounts[]): string[] {
  if (new Set(methods.map(({ users, planned }) => `${users} ${planned}`)).size < 2) return [];
  return ['The methods of this report were not run on the same profiles and sessions; differences between them mix methods with people.'];
}

/** A model without a price beside one with a price makes a method look cheap. */
async function unpricedWarning(records: RunRecords): Promise<string[]> {
  if (!records.runs.some((run) => Object.keys(pricesOf(run)).length > 0)) return [];
  const rows = await records.sql<{ model: string }>('SELECT DISTINCT model FROM role_usage ANTI JOIN prices USING (run, model) ORDER BY model');
  const models = rows.map(({ model }) => model).sort(byText);
  return models.length > 0 ? [`The experiment names no price for ${models.join(', ')}; their calls cost nothing in this report.`] : [];
}

/** How often the judge's second answer about a draft differs from its first, where it was asked twice. */
async function judgeNoiseOf(records: RunRecords): Promise<{ metric: string; flipRate: number; verdicts: number }[]> {
  const [row] = await records.sql<{ flips: number | null; verdicts: number; methods: number }>(
    `SELECT avg((answers[1] <> answers[2])::INTEGER)::DOUBLE AS flips, (SELECT count(*) FROM verdict_facts WHERE stage = 'task') AS verdicts, (SELECT count(*) FROM methods) AS methods
     FROM verdict_facts WHERE stage = 'task' AND len(answers) = 2`,
  );
  return row && row.flips !== null ? [{ metric: 'success', flipRate: row.flips, verdicts: Math.floor(row.verdicts / row.methods) }] : [];
}

function fewProfiles(count: number): string {
  if (count === 1) return 'There is only one profile, so nothing can be said about other users and there are no intervals.';
  return `There are only ${count} profiles; intervals from so few are rough and usually too narrow.`;
}

interface MethodCounts {
  readonly name: string;
  readonly planned: number;
  readonly users: number;
  readonly recorded: number;
  readonly finished: number;
  readonly agentErrors: number;
  readonly simErrors: number;
  readonly taskUnjudged: number;
  readonly turnsUnjudged: number;
  readonly probesUnjudged: number;
  readonly tasksJudged: number;
  readonly tasksUnscored: number;
  readonly turnsSeen: number;
  readonly turnsUnscored: number;
  readonly probesJudged: number;
  readonly probesUnscored: number;
}
