import { existsSync } from 'node:fs';
import { Event } from '../gen/attune/event/v1/event.ts';
import type { ModelUsage } from '../gen/attune/conversation/v1/conversation.ts';
import type { Spent } from '../orchestrator/service.ts';
import { readLines } from '../platform/append-log.ts';
import type { ModelPrice } from '../platform/models/index.ts';
import { runPaths } from '../report/service.ts';

/**
 * What earlier executions of a run have spent, by their accounts in events.ndjson. An execution that was killed left no account: its turns count as they were told,
 * its time up to its last sign of life.
 */
export async function spentBefore(dir: string, prices: Readonly<Record<string, ModelPrice>>): Promise<Spent> {
  const spent: Spent = { tokens: 0, money: 0, ms: 0 };
  // A run that has not begun has no events.
  if (!existsSync(runPaths(dir).events)) return spent;
  let open: (Spent & { from: number; to: number }) | null = null;
  const settle = () => {
    if (open) add(spent, { tokens: open.tokens, money: open.money, ms: Math.max(0, open.to - open.from) });
    open = null;
  };
  for await (const { line } of readLines(runPaths(dir).events, { tail: 'skip' })) {
    const told = JSON.parse(line) as { timeMs?: number | string; runStarted?: unknown; runEnded?: unknown; turnCompleted?: unknown };
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
    for (const { usage } of fact.value.accounts) if (usage) add(spent, costOf(usage, prices));
    spent.ms += fact.value.wallMs;
    open = null;
  }
  settle();
  return spent;
}

function costOf({ model, promptTokens, completionTokens }: ModelUsage, prices: Readonly<Record<string, ModelPrice>>): Spent {
  const price = Object.hasOwn(prices, model) ? prices[model] : undefined;
  return { tokens: promptTokens + completionTokens, money: price ? (promptTokens * price.promptPerMillion + completionTokens * price.completionPerMillion) / 1e6 : 0, ms: 0 };
}

function add(sum: Spent, more: Spent): void {
  sum.tokens += more.tokens;
  sum.money += more.money;
  sum.ms += more.ms;
}
