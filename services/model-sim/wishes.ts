import { recognizeRules, RULES, splitPreference, type RuleId } from '../catalogue/index.ts';
import { TEXT_CACHE_ENTRIES } from './parameters.ts';
import { memoize } from '../platform/memoize.ts';
import { readConversation } from './prompt-reader.ts';
import { sentences } from './text.ts';

/** The rules that a preference, note or sentence asks for, whoever wrote it. */
export const recognizedRules = memoize(TEXT_CACHE_ENTRIES, recognizeRules);

/** One sentence, bullet or line taken as a wish about how to answer; null when no rule is recognised in it. */
export const readWish = memoize(TEXT_CACHE_ENTRIES, (unit): Wish | null => {
  const rules = recognizedRules(unit);
  if (rules.length === 0) return null;
  const { condition, action } = splitPreference(unit);
  return { text: unit, condition: GENERAL.test(condition) ? '' : condition, action, rules };
});

/** The wishes that somebody voices in a message: sentences that ask, want or forbid, and that speak of a rule. */
export const wishesInMessage = memoize(TEXT_CACHE_ENTRIES, (message): Wish[] =>
  sentences(message).filter((sentence) => STANCE.test(sentence)).flatMap((sentence) => readWish(sentence) ?? []),
);

/**
 * The wishes in a memory block, whatever its form: bullets and lines count as notes, running text by its sentences, transcripts ("User: …",
 * "Agent: …") only by what the user voices in them.
 */
export const wishesInMemory = memoize(TEXT_CACHE_ENTRIES, (memory): Wish[] => {
  const wishes: Wish[] = [];
  let speaker = '';
  for (const line of memory.split('\n')) {
    const label = /^\s*(?:[-*]\s*)?\[?(user|agent|assistant)\]?\s*:/i.exec(line)?.[1]?.toLowerCase();
    if (label) speaker = label;
    else if (/^\s*session \d+\b/i.test(line)) speaker = '';
    if (speaker === 'agent' || speaker === 'assistant') continue;
    const text = line.replace(/^\s*(?:[-*•]|\d+[.)])?\s*(?:\[?user\]?\s*:)?\s*/i, '');
    wishes.push(...(speaker === 'user' ? wishesInMessage(text) : sentences(text).flatMap((sentence) => readWish(sentence) ?? [])));
  }
  return wishes;
});

/** The user's wishes in "User: …" / "Agent: …" lines, oldest first. */
export const wishesInConversation = memoize(TEXT_CACHE_ENTRIES, (conversation): Wish[] =>
  readConversation(conversation).filter((message) => message.role === 'user').flatMap((message) => wishesInMessage(message.content)),
);

/** Whether a reply can hardly follow both. */
export function oppose(some: readonly RuleId[], others: readonly RuleId[]): boolean {
  return some.some((rule) => !others.includes(rule) && OPPOSES.get(rule)?.some((other) => others.includes(other)));
}

const OPPOSES = new Map<RuleId, readonly RuleId[]>(RULES.map(({ id, opposes }) => [id, opposes]));

const GENERAL = /^(?:general(?:ly)?|always|any(?: (?:task|topic|question|request|message|time))?|every(?: (?:task|topic|question|request|message|time))|in general|default|overall|all (?:tasks|topics|questions))$/i;

/** People who voice a wish say so; without this, task talk ("three steps were skipped") would count as one. */
const STANCE =
  /\b(?:i(?:'d|’d| would)? (?:really |much )?(?:prefer|like|love|want|need|appreciate|rather)|please|i asked|as i said|i said|remember|when(?:ever)? i|if i|don['’]?t|do not|stop|avoid|always|never|should|could you|can you|would you|make sure|keep|from now on|next time|instead)\b/i;

export interface Wish {
  text: string;
  /** Empty: always. */
  condition: string;
  action: string;
  rules: RuleId[];
}
