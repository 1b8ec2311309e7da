import { resultLines } from '../../../platform/examine.ts';
import type { AdapterExamination } from './examine.ts';

/** The heading and the results as lines of text. */
export function adapterTable({ kind, capabilities, results, notForgotten }: AdapterExamination): string {
  const { transport, asynchronous, durable } = capabilities;
  return [
    `${kind}: ${transport === 'http' ? 'over HTTP' : 'a library in this process'}, ${asynchronous ? 'answers before it has indexed' : 'answers when it has indexed'}, ${durable ? 'keeps its memory' : 'keeps nothing over a restart'}`,
    ...resultLines(results, 13),
    ...(notForgotten > 0 ? [`${notForgotten} users of these checks could not be forgotten; their ids begin with "conform-".`] : []),
  ].join('\n');
}
