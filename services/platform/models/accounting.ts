import type { RoleAccount } from '../../gen/attune/event/v1/event.ts';
import type { ErrorCode } from '../errors.ts';
import { moneyOf } from './money.ts';
import { addUsage, byRoleAndModel, type TokenCounts } from './usage.ts';
import type { ModelObserver, ModelPrice } from './types.ts';

/** Keeps one account per role and model. Memory is bounded: latencies go into a histogram, not a list. */
export function createLedger(prices: Readonly<Record<string, ModelPrice>>, observer?: ModelObserver): Ledger {
  const accounts = new Map<string, Account>();
  return {
    account(role, model) {
      const key = `${role}\0${model}`;
      let account = accounts.get(key);
      if (!account) {
        account = createAccount(role, model, prices, observer);
        accounts.set(key, account);
      }
      return account;
    },
    list() {
      const used = [...accounts.values()].map((account) => account.read()).filter((account) => account.usage!.calls + account.failures + account.cacheHits > 0);
      return used.sort((a, b) => byRoleAndModel(a.usage!, b.usage!));
    },
  };
}

function createAccount(role: string, model: string, prices: Readonly<Record<string, ModelPrice>>, observer: ModelObserver | undefined): Account {
  const usage = { role, model, calls: 0, promptTokens: 0, completionTokens: 0, cachedPromptTokens: 0, latencyMs: 0 };
  const latencies = createLatencyHistogram();
  let retries = 0;
  let failures = 0;
  let cacheHits = 0;
  return {
    answered(tokens, latencyMs) {
      addUsage(usage, { role, model, calls: 1, ...tokens, latencyMs });
      latencies.add(latencyMs);
      observer?.answered(role, model, tokens, latencyMs);
    },
    retried() {
      retries += 1;
      observer?.retried(role, model);
    },
    failed(code) {
      failures += 1;
      observer?.failed(role, model, code);
    },
    hit() {
      cacheHits += 1;
      observer?.hit(role, model);
    },
    read() {
      const cost = moneyOf(prices, model, usage) ?? 0;
      return { usage: { ...usage }, retries, failures, cacheHits, cost, latencyP50Ms: latencies.percentile(0.5), latencyP99Ms: latencies.percentile(0.99) };
    },
  };
}

/** Counts latencies in buckets 4 % wide from 0.1 ms to about 20 minutes, so a percentile is within 2 % of the true one. */
export function createLatencyHistogram(): LatencyHistogram {
  const buckets = new Uint32Array(BUCKETS);
  let total = 0;
  return {
    add(ms) {
      const index = ms <= LEAST_MS ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(ms / LEAST_MS) / LOG_WIDTH));
      buckets[index]! += 1;
      total += 1;
    },
    percentile(share) {
      if (total === 0) return 0;
      const wanted = Math.max(1, Math.ceil(share * total));
      let seen = 0;
      for (let index = 0; index < BUCKETS; index += 1) {
        seen += buckets[index]!;
        if (seen >= wanted) return index === 0 ? LEAST_MS : LEAST_MS * Math.exp((index - 0.5) * LOG_WIDTH);
      }
      return 0;
    },
  };
}

const LEAST_MS = 0.1;
const LOG_WIDTH = Math.log(1.04);
const BUCKETS = 420;

export interface Ledger {
  account(role: string, model: string): Account;
  /** Sorted by role and model; without those that made no call. */
  list(): RoleAccount[];
}

export interface Account {
  /** A call that the endpoint answered; latency from sending the answered attempt to its end. */
  answered(tokens: TokenCounts, latencyMs: number): void;
  /** An attempt that failed and is made again. */
  retried(): void;
  /** A call given up; calls that the caller took back do not count. */
  failed(code: ErrorCode): void;
  /** A call that the cache, or an equal call under way, answered. */
  hit(): void;
  read(): RoleAccount;
}

export interface LatencyHistogram {
  add(ms: number): void;
  /** The latency that the given share (0 to 1) of calls did not exceed; 0 when there were none. */
  percentile(share: number): number;
}
