import { resultLines } from '../platform/examine.ts';
import type { Examination } from './examine.ts';

/** The heading and the results of one method as lines of text. */
export function examinationTable({ method, summary, version, deterministic, results, notForgotten }: Examination): string {
  return [
    `${method}, version ${version || 'not given'}: ${summary || 'no summary'}${deterministic ? '' : ' (replies are not compared)'}`,
    ...resultLines(results, 16),
    ...(notForgotten > 0 ? [`${notForgotten} users of these checks could not be forgotten; their run ids begin with "conformance-".`] : []),
  ].join('\n');
}
