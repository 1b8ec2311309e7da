import { finalAnswerOf, sameAnswer } from '../../catalogue/index.ts';
import * as P from '../parameters.ts';
import type { Prompt } from '../prompt-reader.ts';
import type { RoleCall } from './role.ts';

/** Compares the answer with the reference's result, and is wrong at a set rate. An empty answer or "I don't know" is never right. */
export function judgeTask(prompt: Prompt, call: RoleCall): { reasoning: string; accuracy: 0 | 1; certainty: number } {
  const reference = prompt.section('reference') ?? '';
  const answer = prompt.section('answer') ?? '';
  if (answer === '' || /^i don['’]t know\b/i.test(answer)) return { reasoning: 'The answer leaves the result open.', accuracy: 0, certainty: P.TASK_JUDGE_CERTAINTY };
  const expected = resultsOf(reference);
  const same = resultsOf(answer).some((given) => expected.some((result) => sameAnswer(given, result)));
  const errs = call.random('task-judge', prompt.section('problem') ?? '', reference, answer).chance(P.TASK_JUDGE_ERROR_RATE);
  const right = same !== errs;
  return { reasoning: right ? 'The answer agrees with the result of the reference.' : 'The answer differs from the result of the reference.', accuracy: right ? 1 : 0, certainty: P.TASK_JUDGE_CERTAINTY };
}

/** What a text may be meant to say: its stated answer, its last line, all of it. */
function resultsOf(text: string): string[] {
  const stated = finalAnswerOf(text);
  const lines = text.trim().split('\n');
  return [...new Set([...(stated === null ? [] : [stated]), (lines.at(-1) ?? '').trim(), text.trim()])];
}
