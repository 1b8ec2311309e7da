import { JudgeIdentity, VerdictStatus } from '../../gen/attune/judge/v1/judge.ts';
import type { JudgeClient, TurnVerdict } from '../../gen/attune/judge/v1/judge.ts';
import { wilsonInterval } from '../../platform/intervals.ts';
import type { Interval } from '../../platform/intervals.ts';
import { seedFrom } from '../../platform/random.ts';
import { anchors } from './anchors.ts';
import type { Anchor, AnchorKind, AnchorQuestion } from './anchors.ts';
import { eachOf } from './each-of.ts';

/**
 * Asks a judge the anchors and says whether it may grade: a group passes with at most MOST_WRONG wrong answers, of which an answer that cannot be read is one. A
 * judge that is right in 19 of 20 clear cases fails a group of eight once in 170 times; one that always says the same fails for certain. Throws when the judge
 * cannot be reached.
 */
export async function askAnchors(judge: AnchoredJudge, { questions = ANCHOR_QUESTIONS, perGroup = Infinity, ...options }: AskAnchorsOptions): Promise<{ identity: JudgeIdentity; anchors: AnchorResult }> {
  const groups = new Map<string, Anchor[]>();
  for (const anchor of anchors().filter(({ question }) => questions.includes(question))) {
    const name = `${anchor.question} ${anchor.kind}`;
    const group = groups.get(name) ?? [];
    if (group.length < perGroup) groups.set(name, [...group, anchor]);
  }
  const asked = [...groups.values()].flat();
  const answers = await eachOf(asked, options, (anchor, index) => answerOf(judge, anchor, seedFrom(options.seed, 'anchor', index), options.signal));
  const results = [...groups.values()].map((group): AnchorGroup => {
    const failures = group.flatMap((anchor) => {
      const found = answers[asked.indexOf(anchor)]!;
      return anchor.expected.includes(found.said) ? [] : [`${anchor.id}: should be ${anchor.expected.join(' or ')}, found ${found.said}.`];
    });
    const { question, kind } = group[0]!;
    const right = group.length - failures.length;
    const least = Math.max(1, group.length - MOST_WRONG[question]);
    return { question, kind, asked: group.length, right, interval: wilsonInterval(right, group.length), least, passed: right >= least, failures };
  });
  return { identity: answers[0]!.judge, anchors: { passed: results.every(({ passed }) => passed), groups: results } };
}

/** Of one group, the most wrong answers that pass. A pair is asked twice and wrong when either order is, so it may be twice as often. */
const MOST_WRONG: Record<AnchorQuestion, number> = { task: 2, turns: 2, probe: 2, pair: 4 };

const ANCHOR_QUESTIONS: readonly AnchorQuestion[] = ['task', 'turns', 'probe', 'pair'];

/** One sentence about the groups that failed; null when all passed. */
export function failedAnchors({ groups }: AnchorResult): string | null {
  const failed = groups.filter(({ passed }) => !passed);
  if (failed.length === 0) return null;
  return `The judge fails its anchors: ${failed.map(({ question, kind, right, asked, failures }) => `${question} ${kind.replaceAll('_', ' ')} ${right} of ${asked} right (${failures[0]!.replace(/\.$/, '')})`).join('; ')}.`;
}

async function answerOf(judge: AnchoredJudge, anchor: Anchor, seed: number, signal: AbortSignal | undefined): Promise<{ said: string; judge: JudgeIdentity }> {
  const options = signal ? { signal } : {};
  const told = (answer: { judge?: JudgeIdentity | undefined }, said: string) => ({ said, judge: answer.judge ?? JudgeIdentity.fromPartial({}) });
  switch (anchor.question) {
    case 'task': {
      const answer = await judge.judgeTask({ ...anchor.request, seed }, options);
      return told(answer, readable(answer.verdict, ({ correct }) => (correct ? 'right' : 'wrong')));
    }
    case 'turns': {
      const answer = await judge.judgeSession({ ...anchor.request, seed }, options);
      return told(answer, readable(answer.turns[0], (verdict) => saidOf(verdict, anchor.id)));
    }
    case 'probe': {
      const answer = await judge.judgeProbe({ ...anchor.request, seed }, options);
      return told(answer, readable(answer.verdict, ({ confused, followedId }) => (confused ? 'several' : followedId || 'neither')));
    }
    case 'pair': {
      const answer = await judge.comparePair({ ...anchor.request, seed }, options);
      return told(answer, readable(answer, ({ preferred }) => (preferred < 0 ? 'first' : preferred > 0 ? 'second' : 'tie')));
    }
  }
}

function readable<T extends { status: VerdictStatus; reason: string }>(verdict: T | undefined, say: (verdict: T) => string): string {
  if (verdict === undefined) return 'no verdict';
  return verdict.status === VerdictStatus.SCORED ? say(verdict) : `no readable answer (${verdict.reason})`;
}

function saidOf({ followedIds, violations, applicableIds, overAppliedIds }: TurnVerdict, id: string): string {
  if (followedIds.includes(id)) return 'followed';
  if (violations.some(({ preferenceId }) => preferenceId === id)) return 'violated';
  if (overAppliedIds.includes(id)) return 'over-applied';
  return applicableIds.includes(id) ? 'neither' : 'not applicable';
}

/** What of a judge is used: any with the proto's rpcs can be asked. */
export type AnchoredJudge = Pick<JudgeClient<{ signal?: AbortSignal }>, 'judgeTask' | 'judgeSession' | 'judgeProbe' | 'comparePair'>;

export interface AskAnchorsOptions {
  seed: number;
  /** Calls under way at once. */
  concurrency: number;
  signal?: AbortSignal | undefined;
  /** All of them unless told. */
  questions?: readonly AnchorQuestion[];
  /** At most so many of each question and kind. */
  perGroup?: number;
}

export interface AnchorResult {
  passed: boolean;
  groups: AnchorGroup[];
}

export interface AnchorGroup {
  question: AnchorQuestion;
  kind: AnchorKind;
  asked: number;
  right: number;
  interval: Interval | null;
  /** The least number of right answers that passes. */
  least: number;
  passed: boolean;
  /** What went wrong, a sentence each. */
  failures: string[];
}
