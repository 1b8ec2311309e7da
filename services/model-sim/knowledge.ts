import { finalAnswerOf } from '../catalogue/index.ts';
import type { Problem } from '../gen/attune/task/v1/task.ts';
import { UNDERSTOOD_MASS_CAP } from './parameters.ts';
import { contentWords } from './text.ts';

/**
 * The problems that the simulated agent could solve once it understands which one it is asked about. It is found by words alone: rare words
 * weigh more (inverse document frequency over the problems), and for a long problem a part of its words is enough.
 */
export function createKnowledge(problems: readonly Problem[]): Knowledge {
  const entries = problems.map(readEntry);
  const holders = new Map<string, number[]>();
  entries.forEach((entry, index) => {
    for (const word of entry.words) holders.set(word, [...(holders.get(word) ?? []), index]);
  });
  const weight = (holdingEntries: readonly number[]): number => Math.log(1 + entries.length / holdingEntries.length);
  const needed = entries.map((entry) => {
    const mass = [...entry.words].reduce((sum, word) => sum + weight(holders.get(word) ?? [0]), 0);
    return Math.min(mass, UNDERSTOOD_MASS_CAP);
  });

  return {
    recognize(words) {
      const matched = new Float64Array(entries.length);
      for (const word of words) {
        const found = holders.get(word);
        if (!found) continue;
        const gain = weight(found);
        for (const index of found) matched[index] = (matched[index] as number) + gain;
      }
      let best = -1;
      let second = -1;
      for (let index = 0; index < entries.length; index += 1) {
        if (best < 0 || (matched[index] as number) > (matched[best] as number)) [best, second] = [index, best];
        else if (second < 0 || (matched[index] as number) > (matched[second] as number)) second = index;
      }
      const entry = entries[best];
      if (!entry || matched[best] === 0) return null;
      const share = Math.min(1, (matched[best] as number) / (needed[best] as number));
      return { entry, share, lead: second < 0 ? Infinity : (matched[best] as number) / Math.max(1e-9, matched[second] as number) };
    },
  };
}

function readEntry(problem: Problem): KnownProblem {
  const text = problem.task?.problem ?? '';
  const lines = problem.solution.trim().split('\n');
  return {
    id: problem.task?.problemId ?? '',
    domain: problem.task?.domain ?? 'general',
    text,
    level: problem.level,
    answer: finalAnswerOf(problem.solution) ?? (lines.at(-1) ?? '').trim(),
    words: contentWords(text),
  };
}

export interface Knowledge {
  /** The problem that most of the words' weight points to; null when no word occurs in any. */
  recognize(words: ReadonlySet<string>): Recognition | null;
}

export interface KnownProblem {
  readonly id: string;
  readonly domain: string;
  readonly text: string;
  /** 1 to 5; 0 when unknown. */
  readonly level: number;
  readonly answer: string;
  readonly words: ReadonlySet<string>;
}

export interface Recognition {
  entry: KnownProblem;
  /** Weight of the words found over the weight needed, 0 to 1. */
  share: number;
  /** That weight over the runner-up's; at least 1. */
  lead: number;
}
