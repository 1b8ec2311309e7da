import type { Preference } from '../../gen/attune/profile/v1/profile.ts';
import { RULES, conditionHolds, contentStems, recognizeRules, splitPreference } from '../../catalogue/index.ts';
import type { RuleId } from '../../catalogue/index.ts';
import { memoize } from '../../platform/memoize.ts';

/**
 * Says which of a user's true preferences a text expresses: a note, a card or an extracted condition and action. No model is asked, so that a report can be made
 * anywhere and twice alike: the action must ask for the same rule of the catalogue, or be alike in its content words and want no opposite; and the condition must not
 * speak of something else. The closest preference wins, all of them when several are equally close (a wish without its condition may be any of two).
 *
 * This stands where the published definition asks a judge or embeddings (cosine of 0.8 and the same group; spec: algorithm.md 7.2). How often it is right is measured
 * on labelled texts and stands in the report (matching-accuracy.ts). Each text is read once per profile.
 */
export function createMatcher(preferences: readonly Preference[]): Matcher {
  const truths = preferences.map(truthOf);
  return { match: memoize(TEXTS_PER_PROFILE, (text) => closest(readWish(text), truths)) };
}

/** A condition and an action as one text, the way cards are noted. */
export function wishText({ condition, action }: { condition: string; action: string }): string {
  const when = condition.trim();
  return NO_CONDITION.test(when) ? action : `When ${when.replace(/^(?:when(?:ever)?|if)\s+/i, '')}: ${action}`;
}

/** Actions whose content words are less alike than this are different wishes; 1 is the same words. */
const LEAST_ACTION = 0.6;
/** When rules are known on both sides and differ, only words that are nearly the same can outweigh them. */
const LEAST_AGAINST_RULES = 0.85;
/** Conditions less alike than this are different situations. */
const LEAST_CONDITION = 0.2;
/** What a condition that only cues connect, or that is not told, counts as. */
const BY_CUE = 0.5;
const UNTOLD = 0.45;

function closest(wish: Wish, truths: readonly Truth[]): readonly string[] {
  let best = 0;
  let ids: string[] = [];
  for (const truth of truths) {
    const score = likeness(wish, truth);
    if (score === 0 || score < best - EPSILON) continue;
    if (score > best + EPSILON) ids = [];
    best = Math.max(best, score);
    ids.push(truth.id);
  }
  return ids;
}

const EPSILON = 1e-9;

/** 0 for different wishes; else 1 to 4, the action before the condition. */
function likeness(wish: Wish, truth: Truth): number {
  const action = actionLikeness(wish, truth);
  if (action === 0) return 0;
  const condition = conditionLikeness(wish, truth);
  return condition < LEAST_CONDITION ? 0 : action + condition;
}

function actionLikeness(wish: Wish, truth: Truth): number {
  if (wish.rules.some((rule) => truth.rules.some((other) => OPPOSES.get(rule)!.has(other) && !wish.rules.includes(other)))) return 0;
  if (wish.rules.some((rule) => truth.rules.includes(rule))) return 2 + wordLikeness(wish.action, truth.action) / 2;
  if (wish.negative !== truth.negative) return 0;
  const words = wordLikeness(wish.action, truth.action);
  const least = wish.rules.length > 0 && truth.rules.length > 0 ? LEAST_AGAINST_RULES : LEAST_ACTION;
  return words >= least ? 1 + words : 0;
}

function conditionLikeness(wish: Wish, truth: Truth): number {
  if (truth.condition === '') return wish.condition === '' ? 1 : UNTOLD;
  if (wish.condition === '') return UNTOLD;
  const words = wordLikeness(wish.when, truth.when);
  return words < BY_CUE && conditionHolds(truth.condition, { userMessages: [wish.condition] }) ? BY_CUE : words;
}

/** Cosine of two sets of words; 0 when one is empty. */
function wordLikeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size === 0 || other.size === 0) return 0;
  let shared = 0;
  for (const word of one) if (other.has(word)) shared += 1;
  return shared / Math.sqrt(one.size * other.size);
}

/** More than a user's notes and cards, with the lines of a session's prompts. */
const TEXTS_PER_PROFILE = 1_000;

/** The same note stands in the memories of several methods. */
const readWish = memoize(20_000, (text: string): Wish => {
  const { condition, action } = splitPreference(text.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '').replace(/^(?:always|in general|generally)\s*[:,]\s*/i, ''));
  const when = NO_CONDITION.test(condition) ? '' : condition;
  return { condition: when, when: contentStems(when), action: contentStems(action), rules: recognizeRules(text), negative: NEGATIVE.test(action) };
});

function truthOf({ id, condition, action, rule }: Preference): Truth {
  const wish = readWish(wishText({ condition, action: action.replace(/\s*Enforce (?:if|whenever)\b.*$/is, '') }));
  const known = RULES.find((one) => one.id === rule);
  return { ...wish, id, rules: [...new Set([...wish.rules, ...(known ? [known.id] : [])])], ...(condition.trim() !== '' && { condition, when: contentStems(condition) }) };
}

const NO_CONDITION = /^(?:|general(?:ly)?|always|default|overall|in general|(?:any|all|every) (?:task|topic|question|request|response|message|time)s?)$/i;
const NEGATIVE = /^(?:please |always )*(?:do not|don['’]?t|never|avoid|stop|skip|no)\b/i;
const OPPOSES = new Map<RuleId, ReadonlySet<RuleId>>(RULES.map(({ id, opposes }) => [id, new Set(opposes)]));

export interface Matcher {
  /** Ids of the preferences that the text expresses; none, as a rule one. */
  match(text: string): readonly string[];
}

interface Wish {
  /** Empty: always, or not told. */
  condition: string;
  when: ReadonlySet<string>;
  action: ReadonlySet<string>;
  rules: readonly RuleId[];
  negative: boolean;
}

interface Truth extends Wish {
  id: string;
}
