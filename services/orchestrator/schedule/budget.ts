import { AttuneError } from '../../platform/errors.ts';
import { moneyOf, type ModelPrice } from '../../platform/models/index.ts';

/**
 * Watches what a run spends, and stops it when a limit is reached: `reached` aborts at that moment, and `mayAsk` refuses every further call, so
 * that no more is spent than by the calls in flight. What earlier executions of the run spent counts. Until it is opened nothing is refused.
 */
export function createBudget(): Budget {
  const stopping = new AbortController();
  let limits: Limits = {};
  let prices: Readonly<Record<string, ModelPrice>> = {};
  let spent: Spent = { tokens: 0, money: 0, ms: 0 };
  let openedAt = performance.now();
  let early: [string, Tokens][] | null = [];
  let timer: NodeJS.Timeout | undefined;

  const soFar = (): Spent => ({ ...spent, ms: spent.ms + performance.now() - openedAt });

  function look(): void {
    if (stopping.signal.aborted) return;
    const over = overrun(soFar(), limits);
    if (over !== null) stopping.abort(new AttuneError('resource_exhausted', over));
  }

  function add(model: string, tokens: Tokens): void {
    spent.tokens += tokens.promptTokens + tokens.completionTokens;
    spent.money += moneyOf(prices, model, tokens) ?? 0;
  }

  return {
    reached: stopping.signal,
    open(given, before, known) {
      [limits, prices, spent] = [given, known, { ...before }];
      openedAt = performance.now();
      for (const [model, tokens] of early ?? []) add(model, tokens);
      early = null;
      look();
      if (limits.hours === undefined) return;
      timer = setInterval(look, LOOK_MS).unref();
    },
    add(model, tokens) {
      // Prices are known when it is opened.
      if (early) early.push([model, tokens]);
      else {
        add(model, tokens);
        look();
      }
    },
    mayAsk() {
      if (stopping.signal.aborted) throw stopping.signal.reason;
    },
    spent: soFar,
    close: () => clearInterval(timer),
  };
}

/** One sentence on the first limit that is reached, or null. */
function overrun({ tokens, money, ms }: Spent, limits: Limits): string | null {
  const hours = ms / 3_600_000;
  if (limits.tokens !== undefined && tokens >= limits.tokens) return sentence(`${limits.tokens} tokens`, String(tokens), '--limit-tokens');
  if (limits.money !== undefined && money >= limits.money) return sentence(`${limits.money} in money`, money.toFixed(4), '--limit-money');
  if (limits.hours !== undefined && hours >= limits.hours) return sentence(`${limits.hours} hours`, hours.toFixed(2), '--limit-hours');
  return null;
}

function sentence(limit: string, spent: string, flag: string): string {
  return `The run was paused at its limit of ${limit}, of which ${spent} are spent; raise it with ${flag} when you go on.`;
}

const LOOK_MS = 1_000;

/** What a run may spend over all its executions; what is absent has no limit. */
export interface Limits {
  tokens?: number | undefined;
  money?: number | undefined;
  hours?: number | undefined;
}

export interface Spent {
  tokens: number;
  money: number;
  ms: number;
}

interface Tokens {
  promptTokens: number;
  completionTokens: number;
}

export interface Budget {
  /** Aborts with `resource_exhausted` when a limit is reached. */
  readonly reached: AbortSignal;
  /** Begins to watch; may find at once that a limit is reached. */
  open(limits: Limits, before: Spent, prices: Readonly<Record<string, ModelPrice>>): void;
  /** A call was answered. */
  add(model: string, tokens: Tokens): void;
  /** Throws once a limit is reached. */
  mayAsk(): void;
  /** With what earlier executions of the run spent. */
  spent(): Spent;
  close(): void;
}
