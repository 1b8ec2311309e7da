import { isClarifyingOnly, type RuleId } from '../../catalogue/index.ts';
import { checkPreference, momentOf, talkOf, type Moment } from '../moment.ts';
import * as P from '../parameters.ts';
import { readJudgedDialogue, readNumberedPreferences, type JudgedTurn, type ListedPreference, type Prompt } from '../prompt-reader.ts';
import { oppose, recognizedRules, wishesInMessage } from '../wishes.ts';
import type { RoleCall } from './role.ts';

/** Judges every agent turn of a session against the numbered preferences. */
export function judgeSession(prompt: Prompt, call: RoleCall): { turns: TurnVerdict[] } {
  return { turns: judgeReplies(prompt.section('dialogue') ?? '', prompt.section('preferences') ?? '', call) };
}

/** The same of a dialogue and a list as prompts write them. */
export function judgeReplies(dialogue: string, list: string, call: RoleCall): TurnVerdict[] {
  const preferences = readNumberedPreferences(list);
  return readJudgedDialogue(dialogue).map((turn) => judge(turn, preferences, call));
}

/** Judges the turn that the prompt names, or the last one when it names none. */
export function judgeTurn(prompt: Prompt, call: RoleCall): TurnVerdict | undefined {
  const turns = readJudgedDialogue(prompt.section('dialogue') ?? '');
  const asked = turns.find(({ turn }) => turn === Number(prompt.section('turn') ?? NaN)) ?? turns.at(-1);
  return asked && judge(asked, readNumberedPreferences(prompt.section('preferences') ?? ''), call);
}

/** A turn that only asks the user has no applicable preference; nor does one apply that the user has overruled in this dialogue. */
function judge(turn: JudgedTurn, preferences: readonly ListedPreference[], call: RoleCall): TurnVerdict {
  const verdict: TurnVerdict = { turn: turn.turn, overruled: [], applicable_preferences: [], followed: [], violated: [], over_personalization: [], certainty: P.PREFERENCE_JUDGE_CERTAINTY };
  if (isClarifyingOnly(turn.reply)) return verdict;
  const moment = momentOf(turn.userMessages, turn.reply);
  const voiced = turn.userMessages.flatMap((message) => wishesInMessage(message)).flatMap(({ rules }) => rules);
  const called = calledFor(preferences, momentOf(talkOf(turn.userMessages).slice(-1), turn.reply));
  for (const preference of preferences) {
    const number = Number(preference.id);
    const rules = recognizedRules(preference.text);
    const { applies, kept } = checkPreference(preference, moment);
    // Drawn from the texts, not from the number: the order in which preferences are shown must not change a verdict.
    const random = call.random('preference-judge', preference.text, turn.reply, turn.turn);
    const overruled = oppose(rules, voiced);
    if (applies && overruled) verdict.overruled.push(number);
    const outdone = !called.includes(preference) && called.some((other) => oppose(rules, recognizedRules(other.text)));
    if (!applies || overruled || outdone) {
      if (!applies && !overruled && !outdone && rules.some((rule) => DISTINCTIVE.has(rule)) && moment.keeps(rules) === true) verdict.over_personalization.push(number);
      continue;
    }
    if (kept === null || random.chance(P.PREFERENCE_JUDGE_MISS_RATE)) continue;
    verdict.applicable_preferences.push(number);
    if (kept !== random.chance(P.PREFERENCE_JUDGE_ERROR_RATE)) verdict.followed.push(number);
    else verdict.violated.push({ preference: number, type: typeOf(rules, preferences, moment) });
  }
  return verdict;
}

/** Preferences whose condition the last message about the task makes true: they win over opposing ones. */
function calledFor(preferences: readonly ListedPreference[], now: Moment): ListedPreference[] {
  return preferences.filter(({ condition }) => condition !== '' && now.holds(condition));
}

/** "conflict_wrong" when an opposite preference was followed instead. */
function typeOf(rules: readonly RuleId[], preferences: readonly ListedPreference[], moment: Moment): string {
  const instead = preferences.map(({ text }) => recognizedRules(text)).some((others) => oppose(rules, others) && moment.keeps(others) === true);
  if (instead) return 'conflict_wrong';
  return VIOLATION_TYPES.find(([, members]) => rules.some((rule) => members.has(rule)))?.[0] ?? 'wrong_style';
}

/** Rules that a reply does not follow by chance: when one is visible without its condition, a remembered preference was carried too far. */
const DISTINCTIVE = new Set<RuleId>([
  'headings',
  'tldr-at-end',
  'takeaways',
  'outline-first',
  'comparison-table',
  'confidence-estimate',
  'several-approaches',
  'one-step-then-confirm',
  'plan-confirmed-first',
  'proof-structure',
  'exercise-added',
  'definition-example-edges',
  'bash-block',
  'admits-error',
]);

const VIOLATION_TYPES: readonly [string, ReadonlySet<RuleId>][] = [
  ['wrong_verbosity', new Set<RuleId>(['max-three-sentences', 'derivation-shown', 'brief-acknowledgement', 'one-step-then-confirm', 'whole-solution'])],
  ['wrong_tone', new Set<RuleId>(['courteous', 'blunt', 'conversational', 'no-preamble', 'admits-error'])],
  ['wrong_format', new Set<RuleId>(['bullets', 'list-items', 'numbered-steps', 'headings', 'tldr-at-end', 'comparison-table', 'fence-language', 'one-code-block', 'code-in-chunks', 'bash-block'])],
];

interface TurnVerdict {
  turn: number;
  /** What the user voiced in the dialogue says otherwise. */
  overruled: number[];
  applicable_preferences: number[];
  followed: number[];
  violated: { preference: number; type: string }[];
  over_personalization: number[];
  /** 0 to 1. */
  certainty: number;
}
