import { measuredSpread, profilesNeeded, readSessions, readVerdicts, smallestGap } from '../report/service.ts';
import type { Outcome, PowerDesign } from '../report/service.ts';
import { SessionStatus } from '../gen/attune/record/v1/record.ts';
import { VerdictStatus } from '../gen/attune/judge/v1/judge.ts';

/** Says what gap in task success a design can show, from the spread that is given, measured or assumed, in this order. Null with one method or one user. */
export function foreseePower(design: Pick<PowerDesign, 'methods' | 'profiles' | 'sessions'>, { outcomes, sd, gap }: PowerBasis): PowerForecast | null {
  if (design.methods < 2 || design.profiles < 2) return null;
  const measured = sd === undefined && outcomes !== null ? measuredSpread(outcomes) : null;
  const spread = sd !== undefined ? { betweenProfiles: sd, session: 0 } : (measured ?? ASSUMED_SPREAD);
  const whole: PowerDesign = { ...design, metrics: FAMILY_METRICS, spread };
  return {
    source: sd !== undefined ? 'given' : measured ? 'measured' : 'assumed',
    spread,
    tests: (design.methods - 1) * FAMILY_METRICS,
    smallestGap: smallestGap(whole),
    ...(gap !== undefined && { gap, profilesNeeded: profilesNeeded(whole, gap) }),
  };
}

/** Success of every judged session of a run, 0 or 1: timeouts and failures are 0, unscored drafts and forgotten users are left out. */
export async function successOutcomes(dir: string): Promise<Outcome[]> {
  const ended = new Set<string>();
  const outcomes: Outcome[] = [];
  for await (const { method, userId, session, status } of readSessions(dir)) {
    if (status === SessionStatus.OK) ended.add(JSON.stringify([method, userId, session]));
    else if (status !== SessionStatus.FORGOTTEN) outcomes.push({ method, userId, session, value: 0 });
  }
  for await (const { method, userId, session, stage } of readVerdicts(dir)) {
    if (stage?.$case !== 'task' || stage.value.status !== VerdictStatus.SCORED || !ended.has(JSON.stringify([method, userId, session]))) continue;
    outcomes.push({ method, userId, session, value: stage.value.correct ? 1 : 0 });
  }
  return outcomes;
}

export function powerText(power: PowerForecast | null): string {
  if (!power) return 'Power: nothing is compared with one method or one user.';
  const { smallestGap: gap, tests, spread, source } = power;
  const sources = {
    given: `standard deviation of users' differences ${points(spread.betweenProfiles)} (--sd)`,
    measured: `spread measured in that run: users ${points(spread.betweenProfiles)}, single sessions ${points(spread.session)}`,
    assumed: `spread assumed: users ${points(spread.betweenProfiles)}, single sessions ${points(spread.session)}, of which ${Math.round(100 * (spread.pairing ?? 0))} % is shared by the methods; give --sd, or measure with --from RUN`,
  };
  const lines = [`Power: with 80 % chance this design shows a gap in task success of ${points(gap)} or more (two-sided, Holm over ${tests} tests).`];
  if (power.gap !== undefined) {
    lines.push(power.profilesNeeded === null ? `  No number of users up to 20,000 shows a gap of ${points(power.gap)}.` : `  A gap of ${points(power.gap)} needs ${power.profilesNeeded} users.`);
  }
  return [...lines, `  ${sources[source]}.`].join('\n');
}

function points(share: number): string {
  return `${(100 * share).toFixed(1)} points`;
}

/** Success, timeouts, user tokens and enforcement (spec: algorithm.md 7.5). */
const FAMILY_METRICS = 4;

/** A yes/no outcome near one half, of which methods share a part because problem and user are the same; at 60 sessions this is the 0.08 of algorithm.md 7.5. */
const ASSUMED_SPREAD = { betweenProfiles: 0.04, session: 0.49, pairing: 0.35 };

interface PowerBasis {
  /** Of an earlier run; null when there is none. */
  readonly outcomes: readonly Outcome[] | null;
  /** Standard deviation over users of the difference between two methods. */
  readonly sd?: number | undefined;
  /** The gap that should be shown, 0 to 1. */
  readonly gap?: number | undefined;
}

export interface PowerForecast {
  readonly source: 'given' | 'measured' | 'assumed';
  readonly spread: { readonly betweenProfiles: number; readonly session: number; readonly pairing?: number };
  /** Size of the family that Holm's correction covers. */
  readonly tests: number;
  readonly smallestGap: number;
  readonly gap?: number;
  /** Null: more than is searched. */
  readonly profilesNeeded?: number | null;
}
