import { compareAnswers, finalAnswerOf, optionOf, optionsIn, sameAnswer } from '../../catalogue/index.ts';
import type { Grade } from './grade.ts';
import { gradeCode } from './grade-code.ts';
import type { RunProgramOptions } from './run-program.ts';

/**
 * Grades a user's final answer by code: tests for programs, options for choices, exact comparison for the rest. It audits the task judge and is no metric itself, so
 * it says "wrong" only when the answers provably differ and "undecided" when no rule decides. Programs, which come from a model, are run only with `runPrograms`;
 * time and memory limits count for them.
 */
export async function gradeAnswer(problem: GradedProblem, answer: string, options: GradeOptions = {}): Promise<Grade> {
  if (answer.trim() === '' || /^i don['’]t know\b/i.test(answer.trim())) return { verdict: 'wrong', how: 'empty', detail: 'The answer leaves the result open.' };
  const { answerKind, tests, entryPoint, solution } = problem;
  if (answerKind === 'code' && !options.runPrograms) return { verdict: 'undecided', how: 'tests', detail: 'Programs in answers are run only when that is asked for.' };
  if (answerKind === 'code') return gradeCode({ tests, entryPoint, problem: problem.problem ?? '' }, answer, options);
  const reference = resultOf(solution);
  const given = resultOf(answer);
  if (reference === null) return { verdict: 'undecided', how: 'compare', detail: 'The reference solution states no final answer.' };
  if (given === null) return { verdict: 'undecided', how: 'compare', detail: 'The answer states no result that code can find.' };
  return answerKind === 'choice' ? gradeChoice(problem.problem ?? '', reference, given) : gradeValue(reference, given);
}

function gradeValue(reference: string, given: string): Grade {
  const found = compareAnswers(given, reference);
  const detail = `found ${quoted(given)}, expected ${quoted(reference)}`;
  return { verdict: VERDICTS[found], how: 'compare', detail };
}

function gradeChoice(problem: string, reference: string, given: string): Grade {
  const options = optionsIn(problem);
  const [wanted, chosen] = [labelOf(reference, options), labelOf(given, options)];
  if (wanted === null || chosen === null) {
    const { verdict, detail } = gradeValue(reference, given);
    // A text that is no option is not thereby wrong.
    return { verdict: verdict === 'correct' ? 'correct' : 'undecided', how: 'option', detail };
  }
  return { verdict: wanted === chosen ? 'correct' : 'wrong', how: 'option', detail: `found option ${chosen}, expected ${wanted}` };
}

/** The option that a text names by label or by words; null when it names none, two, or a label and the words of another. */
function labelOf(text: string, options: ReadonlyMap<string, string>): string | null {
  const plain = text.trim().replace(/^\*+|\*+$/g, '').replace(/^\$(.*)\$$/, '$1');
  const stated = optionOf(plain);
  const numbered = options.has(plain.replace(/[.)]$/, '')) ? plain.replace(/[.)]$/, '') : null;
  const byLabel = stated !== null && (options.size === 0 || options.has(stated.letter)) ? stated.letter : numbered;
  const words = stated === null ? plain : stated.text;
  const byWords = words === '' ? [] : [...options].filter(([, option]) => sameAnswer(option, words)).map(([label]) => label);
  if (byWords.length > 1) return null;
  const [meant = null] = byWords;
  return byLabel !== null && meant !== null && byLabel !== meant ? null : (byLabel ?? meant);
}

/** The stated final answer; after "####" as some sets write it; or the whole text when it is one short line. */
function resultOf(text: string): string | null {
  const marked = /^####\s*(.+)$/m.exec(text)?.[1]?.trim();
  if (marked !== undefined) return marked;
  const plain = text.trim();
  const short = plain !== '' && !plain.includes('\n') && plain.length <= MAX_RESULT_CHARS;
  // "(B) so = 3" is an option, whatever stands in it.
  if (short && optionOf(plain) !== null) return plain;
  return finalAnswerOf(text) ?? (short ? plain : null);
}

const quoted = (text: string): string => JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 79)}…`);

const VERDICTS = { same: 'correct', different: 'wrong', unproven: 'undecided' } as const;

const MAX_RESULT_CHARS = 300;

/** The fields of a proto Problem that grading needs; `problem` is the task's text. */
export interface GradedProblem {
  /** "math", "number", "integer", "choice", "code" or "text"; others are compared like "text". */
  answerKind: string;
  /** Shows options and signatures; without it choices are compared by letter or text alone. */
  problem?: string;
  solution: string;
  tests: string;
  entryPoint: string;
}

export interface GradeOptions extends RunProgramOptions {
  /** Run the programs in answers, cut off from this machine as far as it can do that; default false. */
  runPrograms?: boolean;
}
