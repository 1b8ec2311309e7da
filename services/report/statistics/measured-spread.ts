import type { AssumedSpread } from './power.ts';

/**
 * How much two methods differ from user to user and from session to session, from outcomes that were measured: the variance of the paired
 * differences of sessions within a user is noise, which more sessions average out, and what the users' mean differences vary by beyond it is
 * the users' own. Averaged over all pairs of methods. Null when no pair has two users with two common sessions each.
 * Values are in the outcome's unit; a yes/no outcome is 0 or 1.
 */
export function measuredSpread(outcomes: readonly Outcome[]): AssumedSpread | null {
  const byMethod = new Map<string, Map<string, Map<number, number>>>();
  for (const { method, userId, session, value } of outcomes) {
    const users = byMethod.get(method) ?? new Map<string, Map<number, number>>();
    const sessions = users.get(userId) ?? new Map<number, number>();
    byMethod.set(method, users.set(userId, sessions.set(session, value)));
  }
  const methods = [...byMethod.keys()].sort();
  const pairs = methods.flatMap((first, index) => methods.slice(index + 1).flatMap((second) => pairSpread(byMethod.get(first)!, byMethod.get(second)!) ?? []));
  if (pairs.length === 0) return null;
  return { betweenProfiles: Math.sqrt(mean(pairs.map((pair) => pair.between))), session: Math.sqrt(mean(pairs.map((pair) => pair.within)) / 2) };
}

type Users = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Variances of one pair: within users, and between them beyond what the noise of their sessions explains. */
function pairSpread(first: Users, second: Users): { within: number; between: number } | null {
  const users = [...first].flatMap(([userId, sessions]) => {
    const differences = [...sessions].flatMap(([session, value]) => {
      const other = second.get(userId)?.get(session);
      return other === undefined ? [] : [value - other];
    });
    return differences.length >= 2 ? [differences] : [];
  });
  if (users.length < 2) return null;
  const within = mean(users.map(variance));
  const noise = mean(users.map((differences) => variance(differences) / differences.length));
  return { within, between: Math.max(0, variance(users.map(mean)) - noise) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of a sample, with n − 1. */
function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

export interface Outcome {
  readonly method: string;
  readonly userId: string;
  readonly session: number;
  readonly value: number;
}
