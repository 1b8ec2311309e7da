import type { AdapterExamination, AdapterResult } from './examine.ts';

/** The heading and the results as lines of text. */
export function adapterTable({ kind, capabilities, results, notForgotten }: AdapterExamination): string {
  const count = (outcome: Outcome) => results.filter((result) => result.outcome === outcome).length;
  const counts = (Object.keys(WORDS) as Outcome[]).filter((outcome) => count(outcome) > 0).map((outcome) => `${count(outcome)} ${WORDS[outcome]}`);
  const { transport, asynchronous, durable } = capabilities;
  return [
    `${kind}: ${transport === 'http' ? 'over HTTP' : 'a library in this process'}, ${asynchronous ? 'answers before it has indexed' : 'answers when it has indexed'}, ${durable ? 'keeps its memory' : 'keeps nothing over a restart'}`,
    ...results.map(({ check, outcome, detail }) => `  ${check.padEnd(13)}${(outcome === 'failed' ? 'FAILED' : WORDS[outcome]).padEnd(13)}${detail.replaceAll(/\s+/g, ' ')}`.trimEnd()),
    `${counts.join(', ')}.`,
    ...(notForgotten > 0 ? [`${notForgotten} users of these checks could not be forgotten; their ids begin with "conform-".`] : []),
  ].join('\n');
}

const WORDS: Record<Outcome, string> = { passed: 'passed', failed: 'failed', not_offered: 'not offered', not_checked: 'not checked' };

type Outcome = AdapterResult['outcome'];
