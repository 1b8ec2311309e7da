import * as P from '../parameters.ts';
import type { Prompt } from '../prompt-reader.ts';
import { judgeReplies } from './preference-judge.ts';
import type { RoleCall } from './role.ts';

/**
 * Prefers the dialogue that keeps the greater share of the preferences that apply, what is over-applied counting as broken. Names the
 * worse one at a set rate; of two that keep about as much, or where nothing applies, it now and then favours the one shown first, and
 * calls the rest a tie. It does not judge whether the task was solved.
 */
export function comparePair(prompt: Prompt, call: RoleCall): { reasoning: string; better: 'first' | 'second' | 'tie'; certainty: number } {
  const [first, second] = [prompt.section('first') ?? '', prompt.section('second') ?? ''];
  const list = prompt.section('preferences') ?? '';
  const random = call.random('pair-judge', first, second);
  const gap = gapOf(keptShare(first, list, call), keptShare(second, list, call));
  if (Math.abs(gap) <= P.PAIR_JUDGE_MARGIN) {
    const better = random.chance(P.PAIR_JUDGE_FIRST_RATE) ? 'first' : 'tie';
    return { reasoning: 'Both keep about as many of the preferences that count.', better, certainty: P.PAIR_JUDGE_CERTAINTY };
  }
  const better = gap > 0 !== random.chance(P.PAIR_JUDGE_ERROR_RATE) ? 'first' : 'second';
  return { reasoning: `The ${better} keeps more of the preferences that count.`, better, certainty: P.PAIR_JUDGE_CERTAINTY };
}

/** 0 when there is nothing to compare. */
function gapOf(first: number | null, second: number | null): number {
  return first === null || second === null ? 0 : first - second;
}

/** Followed of all that were followed, violated or over-applied; null when there were none. */
function keptShare(dialogue: string, list: string, call: RoleCall): number | null {
  let kept = 0;
  let all = 0;
  for (const { followed, violated, over_personalization } of judgeReplies(dialogue, list, call)) {
    kept += followed.length;
    all += followed.length + violated.length + over_personalization.length;
  }
  return all === 0 ? null : kept / all;
}
