import type { RuleId } from '../../catalogue/index.ts';
import type { Random } from '../../platform/random.ts';
import type { Moment } from '../moment.ts';
import * as P from '../parameters.ts';
import { oppose, type Wish } from '../wishes.ts';

/**
 * Which of the wishes in the prompt the agent follows in this reply. A wish is considered when its condition holds, or rarely by mistake; of
 * opposing ones the strongest wins most of the time (voiced in this dialogue, later before earlier; then a memory whose condition is in the
 * last message; then the rest), else chance decides; each winner is followed with a probability that falls with the number of wishes in the
 * prompt, whether they apply or not.
 */
export function chooseRules({ memory, voiced, voicedNow, moment, lastMoment, random }: Choice): Set<RuleId> {
  const count = new Set([...memory, ...voiced].map(({ text }) => text)).size;
  const candidates = new Map<RuleId, number>();
  const consider = (rules: readonly RuleId[], strength: number): void => {
    for (const rule of rules) candidates.set(rule, Math.max(strength, candidates.get(rule) ?? 0));
  };
  const idle: Wish[] = [];
  for (const wish of memory) {
    if (!moment.holds(wish.condition)) idle.push(wish);
    else consider(wish.rules, wish.condition !== '' && lastMoment.holds(wish.condition) ? CUED : REMEMBERED);
  }
  voiced.forEach((wish, index) => {
    // What is asked for right now is meant right now.
    if (index >= voiced.length - voicedNow || moment.holds(wish.condition)) consider(wish.rules, VOICED + index);
  });
  const mistakes = random('mistake');
  for (const wish of idle) {
    const confused = oppose(wish.rules, [...candidates.keys()]);
    if (mistakes.chance(confused ? P.MIX_UP_RATE : P.MISAPPLY_RATE)) consider(wish.rules, confused ? CUED : REMEMBERED);
  }
  const followRate = P.followRate(count);
  const accepted = winners(candidates, random('conflict'));
  return new Set(
    accepted.filter((rule) => random(`follow ${rule}`).chance((candidates.get(rule) ?? 0) >= VOICED ? Math.max(followRate, P.FOLLOW_VOICED_RATE) : followRate)),
  );
}

function winners(candidates: ReadonlyMap<RuleId, number>, random: Random): RuleId[] {
  const shuffled = random.shuffle([...candidates]);
  const strongestFirst = random.chance(P.CUE_DECIDES_RATE);
  const ordered = strongestFirst ? shuffled.sort((a, b) => b[1] - a[1]) : shuffled;
  const accepted: RuleId[] = [];
  for (const [rule] of ordered) {
    if (!oppose([rule], accepted)) accepted.push(rule);
  }
  return accepted;
}

const REMEMBERED = 0;
const CUED = 1;
const VOICED = 2;

export interface Choice {
  /** Wishes of the memory block. */
  memory: readonly Wish[];
  /** Wishes of this dialogue's user messages, oldest first. */
  voiced: readonly Wish[];
  /** How many of them stand in the last message. */
  voicedNow: number;
  /** The moment with the last few user messages. */
  moment: Moment;
  /** The moment with the last one about the task only. */
  lastMoment: Moment;
  random(purpose: string): Random;
}
