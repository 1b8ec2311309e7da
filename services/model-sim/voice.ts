import { recognizeRules } from '../catalogue/index.ts';
import { TEXT_CACHE_ENTRIES } from './parameters.ts';
import { memoize } from '../platform/memoize.ts';
import type { ListedPreference } from './prompt-reader.ts';
import { lowerFirst } from './text.ts';
import type { Wish } from './wishes.ts';

/** A preference from the user's list as the user would say it: one sentence in the first person that still asks for the same. */
export function voicePreference(preference: ListedPreference): string {
  return voiced(preference.condition === '' ? preference.action : `${preference.condition}${MARK}${preference.action}`);
}

const MARK = '\u0000';

const voiced = memoize(TEXT_CACHE_ENTRIES, (key): string => {
  const [first, second] = key.split(MARK) as [string, string?];
  const action = oneSentence(second ?? first);
  const flat = /\byou prefer\b/i.test(action);
  const wish = flat ? firstPersonFlat(action) : `please ${lowerFirst(action)}`;
  const sentence = second === undefined ? (flat ? wish : `From now on, ${wish}`) : `When ${firstPerson(first)}, ${wish}`;
  const wanted = recognizeRules(action);
  const understood = recognizeRules(`${sentence}.`);
  if (wanted.every((rule) => understood.includes(rule))) return `${sentence}.`;
  return second === undefined ? `I'd like this: ${lowerFirst(action)}.` : `When ${firstPerson(first)}: ${lowerFirst(action)}.`;
});

/** A wish as a note to oneself: "When X, do Y." or "Always: Y.". Falls back on the user's words when a rewording would lose the point. */
export function asNote(wish: Wish): string {
  const condition = thirdPerson(wish.condition.replace(/^(?:when|whenever|if)\s+/i, ''));
  const action = wish.action
    .replace(/^(?:from now on,?\s+|always,?\s+|and\s+|so\s+)/i, '')
    .replace(/^(?:please|could you|can you|would you|i(?:'d| would) like (?:you|it if you) to|i(?:'d| would)? (?:want|need) you to)\s+/i, '')
    .replace(/^i(?:'d| would)? (?:really )?(?:like|prefer|want|need|love)\s+/i, 'the user prefers ')
    .replace(/[.!?]+$/, '');
  const note = condition === '' ? `Always: ${lowerFirst(action)}.` : `When ${condition}, ${lowerFirst(action)}.`;
  const kept = recognizeRules(note);
  return wish.rules.every((rule) => kept.includes(rule)) ? note : wish.text;
}

function oneSentence(action: string): string {
  return action
    .replace(/\s*Enforce (?:if|whenever|only)\b.*$/is, '')
    .replace(/\s*\((?:e\.g|i\.e)[^()]*(?:\([^()]*\)[^()]*)*\)/gi, '')
    .trim()
    .replace(/[.!?]+$/, '')
    .replace(/[.!?]\s+(\p{Lu})/gu, (_, letter: string) => `; ${letter.toLowerCase()}`);
}

function firstPersonFlat(text: string): string {
  return text
    .replace(/\byou prefer\b/gi, 'I prefer')
    .replace(/\byour request\b/gi, 'my request')
    .replace(/\beach agent response\b/gi, 'each of your responses')
    .replace(/\b(?:the )?agent('s)? (structured )?responses?\b/gi, 'your $2responses')
    .replace(/\bthe agent is\b/gi, 'you are')
    .replace(/\bthe agent (provide|offer|mention|respond)s\b/gi, 'you $1')
    .replace(/\bthe agent\b/gi, 'you')
    .replace(/\band does not\b/gi, 'and not');
}

function firstPerson(condition: string): string {
  return lowerFirst(condition)
    .replace(/\bthe user's\b/gi, 'my')
    .replace(/\bthe user is\b/gi, 'I am')
    .replace(/\bthe user has\b/gi, 'I have')
    .replace(/\bthe user (\w+?)(?:(?<=sh|ch|ss)es|s)\b/gi, 'I $1')
    .replace(/\bthe user\b/gi, 'I')
    .replace(/\btheir\b/gi, 'my')
    .replace(/\bthe agent\b/gi, 'you')
    .replace(/[.,;]+$/, '');
}

function thirdPerson(condition: string): string {
  return condition
    .replace(/\bI(?:'m| am)\b/g, 'the user is')
    .replace(/\bI have\b/g, 'the user has')
    .replace(/\bI (\w+)\b/g, (_, verb: string) => `the user ${verb}${/(?:sh|ch|ss)$/.test(verb) ? 'es' : /s$/.test(verb) ? '' : 's'}`)
    .replace(/\bmy\b/gi, "the user's");
}
