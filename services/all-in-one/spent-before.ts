import { existsSync } from 'node:fs';
import { Event } from '../gen/attune/event/v1/event.ts';
import type { ModelUsage } from '../gen/attune/conversation/v1/conversation.ts';
import type { Spent } from '../orchestrator/service.ts';
import { readLines } from '../platform/append-log.ts';
import { moneyOf, type ModelPrice } from '../platform/models/index.ts';
import { readVerdicts, runPaths } from '../report/service.ts';

/**
 * What earlier executions of a run have spent, by their accounts in events.ndjson. An execution that was killed left no account: its turns count as they were told,
 * its time up to its last sign of life, and judging at least as its verdicts say. `until` is the id of the event with which the present execution began, if it has.
 */
export async function spentBefore(dir: string, prices: Readonly<Record<string, ModelPrice>>, until?: string): Promise<Spent> {
  const spent: Spent = { tokens: 0, money: 0, ms: 0 };
  // A run that has not begun has no events.
  if (!existsSync(runPaths(dir).events)) return spent;
  const judging: Spent = { tokens: 0, money: 0, ms: 0 };
  let open: (Spent & { from: number; to: number }) | null = null;
  let killed = 0;
  const settle = () => {
    if (!open) return;
    killed += 1;
    add(spent, { tokens: open.tokens, money: open.money, ms: Math.max(0, open.to - open.from) });
    open = null;
  };
  for await (const { line } of readLines(runPaths(dir).events, { tail: 'skip' })) {
    const told = JSON.parse(line) as { eventId?: string; timeMs?: number | string; runStarted?: unknown; runEnded?: unknown; turnCompleted?: unknown };
    if (until !== undefined && told.eventId === until) break;
    const timeMs = Number(told.timeMs ?? 0);
    if (told.runStarted !== undefined) {
      settle();
      open = { tokens: 0, money: 0, ms: 0, from: timeMs, to: timeMs };
    }
    if (open) open.to = timeMs;
    if (told.turnCompleted === undefined && told.runEnded === undefined) continue;
    const { fact } = Event.fromJSON(told);
    if (fact?.$case === 'turnCompleted' && open) for (const usage of fact.value.usage) add(open, costOf(usage, prices));
    if (fact?.$case !== 'runEnded') continue;
    for (const { usage } of fact.value.accounts) {
      if (!usage) continue;
      add(spent, costOf(usage, prices));
      if (usage.role === 'judge') add(judging, costOf(usage, prices));
    }
    spent.ms += fact.value.wallMs;
    open = null;
  }
  settle();
  if (killed > 0) add(spent, less(await spentOnVerdicts(dir, prices), judging));
  return spent;
}

async function spentOnVerdicts(dir: string, prices: Readonly<Record<string, ModelPrice>>): Promise<Spent> {
  const spent: Spent = { tokens: 0, money: 0, ms: 0 };
  for await (const { usage } of readVerdicts(dir)) for (const one of usage) add(spent, costOf(one, prices));
  return spent;
}

function costOf(usage: ModelUsage, prices: Readonly<Record<string, ModelPrice>>): Spent {
  return { tokens: usage.promptTokens + usage.completionTokens, money: moneyOf(prices, usage.model, usage) ?? 0, ms: 0 };
}

function add(sum: Spent, more: Spent): void {
  sum.tokens += more.tokens;
  sum.money += more.money;
  sum.ms += more.ms;
}

/** What exceeds an amount that counts already. */
function less(whole: Spent, counted: Spent): Spent {
  return { tokens: Math.max(0, whole.tokens - counted.tokens), money: Math.max(0, whole.money - counted.money), ms: 0 };
}
