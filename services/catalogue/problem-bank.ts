import { fileURLToPath } from 'node:url';
import type { Problem } from '../gen/attune/task/v1/task.ts';
import { readProblems } from './read-problems.ts';

/** The problems that ship with Attune (dataset "attune-bank"), in the file's order; enough for a first run without any download. */
export function problemBank(): Problem[] {
  bank ??= readProblems(fileURLToPath(new URL('./data/problems.json', import.meta.url)), { dataset: 'attune-bank' });
  return [...bank];
}

let bank: Problem[] | undefined;
