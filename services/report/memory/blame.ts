import type { Profile } from '../../gen/attune/profile/v1/profile.ts';
import type { BlameCause } from '../sections/blame/model.ts';
import type { SessionView, TurnView, VerdictView } from './session-view.ts';

/** Every cause in the order in which a report shows them; `causeOf` says in which order they are asked about. */
export const CAUSES: readonly { readonly id: BlameCause; readonly label: string; readonly meaning: string }[] = [
  { id: 'judge_and_rule_disagree', label: 'Judge and rule disagree', meaning: 'A rule check found the violation and the judging model had said otherwise.' },
  { id: 'simulator_fault', label: 'Simulator fault', meaning: 'The simulated user found the reply satisfying, asked for an opposite preference that did not apply, or wrote a message that was cut off.' },
  { id: 'never_stated', label: 'Never stated', meaning: 'The user had not voiced the preference before this reply.' },
  { id: 'not_extracted', label: 'Stated, not extracted', meaning: 'The user had voiced it and nothing that the method extracted says it.' },
  { id: 'not_kept', label: 'Stated, not kept in memory', meaning: 'The user had voiced it in an earlier session and the memory of a method that extracts nothing does not hold it.' },
  { id: 'not_retrieved', label: 'Extracted, not in the prompt', meaning: 'The method had extracted it and did not put it into this prompt.' },
  { id: 'lost_in_conflict', label: 'Lost in a conflict', meaning: 'Another preference of the same conflict group was followed, or stood in the prompt in its place.' },
  { id: 'not_followed', label: 'In the prompt, not followed', meaning: 'The prompt held it, as a note or in the dialogue, and the reply did not follow it.' },
];

/** One violation of an applicable preference and its cause. */
export interface Blame {
  readonly method: string;
  readonly userId: string;
  readonly session: number;
  readonly turn: number;
  readonly preferenceId: string;
  readonly cause: BlameCause;
}

/** Every violation in the scored agent turns of a session, each with one cause. */
export function blameOfSession(view: SessionView, profile: Profile): Blame[] {
  if (view.turns.every(({ verdict }) => !verdict || verdict.violated.length === 0)) return [];
  const rivals = rivalsIn(profile);
  return view.turns.flatMap((turn, index) => {
    const { verdict } = turn;
    if (!verdict) return [];
    const before = view.turns[index - 1]?.verdict ?? null;
    return verdict.violated.map((preferenceId) => {
      const cause = causeOf(preferenceId, { turn, verdict, before, rivals: rivals(preferenceId), extracts: view.extracts });
      return { method: view.method, userId: view.userId, session: view.session, turn: turn.turn, preferenceId, cause };
    });
  });
}

/** The other preferences of this user that are in conflict with one, by its group. */
export function rivalsIn({ preferences }: Profile): (id: string) => ReadonlySet<string> {
  const groupOf = new Map(preferences.map(({ id, conflictGroup }) => [id, conflictGroup]));
  return (id) => {
    const group = groupOf.get(id) ?? '';
    return new Set(group === '' ? [] : preferences.filter((other) => other.id !== id && other.conflictGroup === group).map((other) => other.id));
  };
}

/**
 * The first that holds:
 * 1. the verdict itself is in doubt: rule and judge disagree;
 * 2. the user is: it was satisfied, it asked in this very message for a rival whose condition the judge did not see hold, or its message was cut off;
 * 3. the prompt held the preference, in the memory or in the dialogue: a rival was followed instead (conflict), or it was just not followed;
 * 4. the user had never voiced it;
 * 5. a method that extracts never extracted it;
 * 6. a rival stood in the memory in its place: conflict;
 * 7. it was extracted and not put into the prompt; or, where nothing is extracted, it was not kept.
 * So every violation has exactly one cause.
 */
function causeOf(id: string, { turn, verdict, before, rivals, extracts }: Situation): BlameCause {
  if (verdict.ruleDisagreed.has(id)) return 'judge_and_rule_disagree';
  if (isSimulatorsFault(id, turn, verdict, before, rivals)) return 'simulator_fault';
  if (turn.inMemory.has(id) || turn.inDialogue.has(id)) return [...rivals].some((rival) => verdict.followed.has(rival) || verdict.overApplied.has(rival)) ? 'lost_in_conflict' : 'not_followed';
  if (!turn.stated.has(id)) return 'never_stated';
  if (extracts && !turn.extracted.has(id)) return 'not_extracted';
  if ([...rivals].some((rival) => turn.inMemory.has(rival))) return 'lost_in_conflict';
  return extracts ? 'not_retrieved' : 'not_kept';
}

function isSimulatorsFault(id: string, turn: TurnView, verdict: VerdictView, before: VerdictView | null, rivals: ReadonlySet<string>): boolean {
  if (turn.runaway) return true;
  if (turn.checks.some((check) => check.id === id && check.applies && check.satisfied === true)) return true;
  // Enforcing answers the reply before, so that reply's verdict says whether there was a reason to.
  return turn.asked.some((rival) => rivals.has(rival) && before !== null && !before.applicable.has(rival) && !verdict.applicable.has(rival));
}

interface Situation {
  readonly turn: TurnView;
  readonly verdict: VerdictView;
  /** Of the reply before in this session. */
  readonly before: VerdictView | null;
  readonly rivals: ReadonlySet<string>;
  readonly extracts: boolean;
}
