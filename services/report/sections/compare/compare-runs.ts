import { basename } from 'node:path';
import { AttuneError } from '../../../platform/errors.ts';
import { fillMemoryRows } from '../../memory/fill-memory-rows.ts';
import { METRICS, metricOf } from '../../metrics/table.ts';
import { simulatedNotice } from '../../prose.ts';
import { openRecords } from '../../records/open-records.ts';
import { checkComparable, type ComparedRun } from './comparable-runs.ts';
import { compareMethods } from './compare.ts';
import { FAMILY, type ComparedMetric } from './family.ts';
import type { CompareModel } from './model.ts';
import { readComparedSessions, type ReadSession } from './read-sessions.ts';

/**
 * Compares the methods of one run, or methods of several runs, pairing by profile and session. A method that several runs have is called method@run.
 * Throws `failed_precondition` for runs that are not comparable and for a run with missing sessions or verdicts, `invalid_argument` for names that there are not.
 */
export async function compareRuns(dirs: readonly string[], options: CompareRunsOptions = {}): Promise<RunComparison> {
  const metrics = options.metrics?.map(metricToCompare);
  const exploratory = (metrics ?? []).filter(({ id }) => !isInFamily(id));
  const labels = labelsOf(dirs);
  const runs: Run[] = [];
  for (const [index, dir] of dirs.entries()) runs.push(await readRun(dir, labels[index]!, [...FAMILY, ...exploratory].map(({ id }) => id)));

  const differences = checkComparable(runs, options.allowDifferent ?? []);
  const gaps = runs.flatMap((run) => completeness(run, options.allowIncomplete ?? false));
  const entrants = chooseEntrants(runs, options.methods);
  const baseline = chooseBaseline(entrants, options.baseline);
  const model = compareMethods(
    {
      methods: entrants.map(({ name }) => name),
      baseline: baseline.name,
      controls: entrants.filter(({ control }) => control).map(({ name }) => name),
      // Where seeds were allowed to differ, sessions still pair by their number.
      sessions: entrants.flatMap(({ run, method, name }) => run.sessions.filter((session) => session.method === method).map((session) => ({ ...session, method: name, seed: 0 }))),
    },
    { exploratory, ...(metrics && { show: metrics.map(({ id }) => id) }) },
  );
  const simulated = new Set(runs.map(({ manifest }) => simulatedNotice(manifest)).filter((notice) => notice !== null));
  const empty = model.metrics.filter(({ id }) => model.levels.every(({ metric, mean }) => metric !== id || mean === null)).map(({ label }) => `No compared session has a value of ${label}.`);
  return { runs: runs.map(({ label, manifest }) => ({ name: label, runId: manifest.runId })), notes: [...simulated, ...differences, ...gaps, ...empty], model };
}

async function readRun(dir: string, label: string, metrics: readonly string[]): Promise<Run> {
  const records = await openRecords(dir);
  try {
    // A pass over all dialogues, which only these metrics need.
    if (metrics.some((id) => metricOf(id).group === 'Memory')) await fillMemoryRows(records);
    return { dir, label, manifest: records.manifest, judges: records.judges[0] ?? [], sessions: await readComparedSessions(records, metrics) };
  } finally {
    await records.close();
  }
}

/** A metric of the family, or any other that sessions have values of. */
function metricToCompare(id: string): ComparedMetric {
  const inFamily = FAMILY.find((metric) => metric.id === id);
  if (inFamily) return inFamily;
  const known = METRICS.filter((metric) => metric.kind === 'ratio');
  const found = known.find((metric) => metric.id === id);
  if (found) return { id, label: found.label, unit: found.unit, direction: found.direction, failure: 'none' };
  throw new AttuneError('invalid_argument', `--metric should name some of ${known.map((metric) => metric.id).join(', ')}, found ${JSON.stringify(id)}.`);
}

function isInFamily(id: string): boolean {
  return FAMILY.some((metric) => metric.id === id);
}

/** The folder's name where that tells runs apart, else the path as given. */
function labelsOf(dirs: readonly string[]): string[] {
  const names = dirs.map((dir) => basename(dir));
  const labels = new Set(names).size === names.length ? names : [...dirs];
  if (new Set(labels).size === labels.length) return labels;
  throw new AttuneError('invalid_argument', `Every run should be named once, found ${dirs.join(', ')}.`);
}

function completeness({ dir, label, sessions }: Run, allowed: boolean): string[] {
  const missing = sessions.filter(({ state }) => state === 'missing').length;
  const unjudged = sessions.filter((session) => session.unjudged).length;
  if (missing === 0 && unjudged === 0) return [];
  const found = `${missing} of ${sessions.length} sessions without a record and ${unjudged} without all verdicts`;
  if (allowed) return [`Run ${label} has ${found}; what is missing counts as failed, and what has no verdict is in no share of successes.`];
  throw new AttuneError('failed_precondition', `${dir} should be recorded and judged in full, found ${found}; finish the run with --resume, or compare it as it is with --allow-incomplete.`);
}

function chooseEntrants(runs: readonly Run[], asked: readonly string[] | undefined): Entrant[] {
  const all = runs.flatMap((run) => run.manifest.methods.map(({ name, control }) => ({ run, method: name, control: control ?? false })));
  const entrants = all.map(({ run, method, control }) => ({ run, method, control, name: all.filter((other) => other.method === method).length > 1 ? `${method}@${run.label}` : method }));
  const unknown = asked?.filter((name) => !entrants.some((entrant) => entrant.name === name || entrant.method === name)) ?? [];
  if (unknown.length > 0) throw new AttuneError('invalid_argument', `--method should name some of ${entrants.map(({ name }) => name).join(', ')}, found ${unknown.join(', ')}.`);
  const chosen = entrants.filter(({ name, method }) => !asked || asked.includes(name) || asked.includes(method));
  if (chosen.length > 1) return chosen;
  throw new AttuneError('invalid_argument', `A comparison needs at least two methods, found ${chosen.map(({ name }) => name).join(', ')}; name another run, or more of its methods.`);
}

/** By its full name, else the first of that method; without a wish vanilla, or the first run's where all are one method. */
function chooseBaseline(entrants: readonly Entrant[], asked: string | undefined): Entrant {
  const named = (name: string) => entrants.find((entrant) => entrant.name === name) ?? entrants.find((entrant) => entrant.method === name);
  const oneMethod = entrants.every(({ method }) => method === entrants[0]!.method);
  const found = asked === undefined ? (oneMethod ? entrants[0] : named('vanilla')) : named(asked);
  if (found) return found;
  throw new AttuneError('invalid_argument', `--baseline should name one of ${entrants.map(({ name }) => name).join(', ')}, found ${asked === undefined ? 'none' : JSON.stringify(asked)}.`);
}

interface Run extends ComparedRun {
  readonly dir: string;
  readonly label: string;
  readonly sessions: readonly ReadSession[];
}

interface Entrant {
  readonly run: Run;
  /** As the run calls it, and as the comparison does. */
  readonly method: string;
  readonly name: string;
  readonly control: boolean;
}

export interface CompareRunsOptions {
  /** A method, or method@run where several runs have it. */
  readonly baseline?: string;
  /** Compared methods; all of all runs unless told. */
  readonly methods?: readonly string[];
  /** Metrics to show; the family unless told. Others than those of the family are exploratory. */
  readonly metrics?: readonly string[];
  /** Aspects in which the runs may differ. */
  readonly allowDifferent?: readonly string[];
  /** Compares runs with missing sessions or verdicts as they are. */
  readonly allowIncomplete?: boolean;
}

export interface RunComparison {
  readonly runs: readonly { readonly name: string; readonly runId: string }[];
  /** What a reader should know before believing the numbers. */
  readonly notes: readonly string[];
  readonly model: CompareModel;
}
