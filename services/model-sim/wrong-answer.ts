import type { Random } from '../platform/random.ts';
import { sameAnswer } from '../catalogue/index.ts';
import { words } from './text.ts';

/** A wrong answer of the right kind: another option of the problem, a number near by, the opposite, or a word of the problem. */
export function wrongAnswer(answer: string, problem: string, random: Random): string {
  for (const attempt of [otherOption, otherNumber, opposite, otherWord]) {
    const wrong = attempt(answer, problem, random);
    if (wrong !== null && !sameAnswer(wrong, answer)) return wrong;
  }
  return `${answer} or none`;
}

function otherOption(answer: string, problem: string, random: Random): string | null {
  const letter = /^\(?([A-J])\)?(?:[\s.)]|$)/.exec(answer)?.[1];
  if (!letter) return null;
  const options = [...problem.matchAll(/\(([A-J])\)\s*([^()\n;]+?)(?=\s*[,;]?\s*(?:or\s+|and\s+)?\([A-J]\)|[.?;\n]|$)/g)].filter((match) => match[1] !== letter);
  if (options.length > 0) {
    const option = random.pick(options);
    return `(${option[1]}) ${(option[2] as string).replace(/[,\s]+$/, '')}`;
  }
  return `(${random.pick([...'ABCD'].filter((other) => other !== letter))})`;
}

/** Changes one number of the answer by a slip's size: one off, a factor of two, a lost sign. */
function otherNumber(answer: string, _problem: string, random: Random): string | null {
  const numbers = [...answer.matchAll(/\d+(?:\.\d+)?/g)];
  if (numbers.length === 0) return null;
  const chosen = random.pick(numbers);
  const value = Number(chosen[0]);
  const digits = chosen[0].split('.')[1]?.length ?? 0;
  const slips = [value + 1, value + 2, value * 2, value + 10, ...(value > 1 ? [value - 1] : []), ...(value > 12 ? [value - 10] : [])];
  const slip = random.pick(slips).toFixed(digits);
  return answer.slice(0, chosen.index) + slip + answer.slice(chosen.index + chosen[0].length);
}

function opposite(answer: string): string | null {
  const pair = OPPOSITES.find(([one, other]) => new RegExp(`\\b(?:${one}|${other})\\b`, 'i').test(answer));
  if (!pair) return null;
  const [one, other] = pair;
  return new RegExp(`\\b${one}\\b`, 'i').test(answer) ? answer.replace(new RegExp(`\\b${one}\\b`, 'i'), other) : answer.replace(new RegExp(`\\b${other}\\b`, 'i'), one);
}

const OPPOSITES: readonly [string, string][] = [
  ['yes', 'no'],
  ['true', 'false'],
  ['odd', 'even'],
  ['increases', 'decreases'],
  ['who', 'whom'],
  ['possible', 'impossible'],
];

function otherWord(answer: string, problem: string, random: Random): string | null {
  const own = new Set(words(answer));
  const others = [...new Set(words(problem))].filter((word) => word.length > 3 && !own.has(word));
  return others.length === 0 ? null : random.pick(others);
}
