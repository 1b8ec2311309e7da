import { spearman } from '../../statistics/correlation.ts';
import { ruleAgreementOf } from './agreement.ts';
import { mean } from './by-user.ts';
import type { PanelFigures } from './model.ts';
import type { JudgeObservations, RepeatedItem } from './observations.ts';
import { flipRateOf } from './stability.ts';

/** Each judge of a panel by itself: how steady it is, what rules say of it, and how it orders the methods on the sampled sessions. Null for a single judge. */
export function panelFigures({ judge, items }: Pick<JudgeObservations, 'judge' | 'items'>, methods: readonly string[]): PanelFigures | null {
  if (judge.panel.length < 2) return null;
  const judges = judge.panel.map((model, index) => ({
    model,
    flipRate: flipRateOf(items, index),
    ruleAgreement: ruleAgreementOf(items, index),
    methods: methods.map((method) => ({ method, success: shareOf(items, method, index, 'task', 'right', 'wrong'), compliance: shareOf(items, method, index, 'turn', 'followed', 'violated') })),
  }));
  const rank = (first: number, second: number, score: 'success' | 'compliance') => {
    const both = judges[first]!.methods.flatMap((one, index) => {
      const [a, b] = [one[score], judges[second]!.methods[index]![score]];
      return a === null || b === null ? [] : [{ a, b }];
    });
    return both.length < LEAST_METHODS ? null : spearman(both.map(({ a }) => a), both.map(({ b }) => b));
  };
  const ranks = judges.flatMap((_, first) => judges.slice(first + 1).map((__, offset) => ({ first, second: first + 1 + offset, success: rank(first, first + 1 + offset, 'success'), compliance: rank(first, first + 1 + offset, 'compliance') })));
  return { judges, ranks };
}

/** Below it every correlation is 1 or -1. */
const LEAST_METHODS = 3;

function shareOf(items: readonly RepeatedItem[], method: string, judge: number, about: RepeatedItem['about'], positive: string, negative: string): number | null {
  const answers = items.filter((item) => item.about === about && item.method === method).flatMap(({ said }) => said[judge] ?? []);
  return mean(answers.flatMap((answer) => (answer === positive ? [1] : answer === negative ? [0] : [])));
}
