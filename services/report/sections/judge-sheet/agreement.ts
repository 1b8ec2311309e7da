import { cohenKappa } from '../../statistics/cohen-kappa.ts';
import { intervalByUser, mean } from './by-user.ts';
import type { Agreement, RuleAgreement } from './model.ts';
import type { RepeatedItem } from './observations.ts';

/** The first judge's first answer against its answer in the other mode, over pairs of turn and preference: followed, violated, over-applied or not applicable. Null without such pairs. */
export function modeAgreement(items: readonly RepeatedItem[]): Agreement | null {
  const pairs = items.flatMap(({ userId, said, turn }) => {
    const own = said[0]?.[0] ?? null;
    return turn === null || own === null || turn.otherMode === null ? [] : [{ userId, a: own, b: turn.otherMode }];
  });
  return pairs.length === 0 ? null : agreementOf(pairs);
}

/** The judge against rule checks wherever it calls a preference applicable and kept or broken, and the rule can decide; all rules first, then each, most items first. */
export function ruleAgreements(items: readonly RepeatedItem[]): RuleAgreement[] {
  const pairs = items.flatMap((item) => rulePairs(item));
  if (pairs.length === 0) return [];
  const rules = [...new Set(pairs.map(({ rule }) => rule))].map((rule) => ({ rule, own: pairs.filter((pair) => pair.rule === rule) }));
  rules.sort((one, other) => other.own.length - one.own.length || (one.rule < other.rule ? -1 : 1));
  return [{ rule: null, ...agreementOf(pairs) }, ...rules.map(({ rule, own }) => ({ rule, ...agreementOf(own) }))];
}

/** Share of one judge's answers that agree with rules. */
export function ruleAgreementOf(items: readonly RepeatedItem[], judge: number): number | null {
  return mean(items.flatMap((item) => rulePairs(item, judge)).map(({ a, b }) => Number(a === b)));
}

function rulePairs({ userId, said, turn }: RepeatedItem, judge?: number): (Pair & { rule: string })[] {
  if (turn === null || turn.ruled === null) return [];
  const b = turn.ruled ? 'followed' : 'violated';
  const answers = judge === undefined ? said.flat() : (said[judge] ?? []);
  return answers.flatMap((a) => (a === 'followed' || a === 'violated' ? [{ userId, rule: turn.rule, a, b }] : []));
}

function agreementOf(pairs: readonly Pair[]): Agreement {
  const share = (chosen: readonly Pair[]) => mean(chosen.map(({ a, b }) => Number(a === b)));
  return { items: pairs.length, agreement: share(pairs), interval: intervalByUser(pairs, share), kappa: cohenKappa(pairs.map(({ a }) => a), pairs.map(({ b }) => b)) };
}

interface Pair {
  readonly userId: string;
  readonly a: string;
  readonly b: string;
}
