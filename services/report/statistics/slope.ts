import { linearRegression } from 'simple-statistics';

/** The least-squares slope of y over x; null for fewer than two different x. Throws RangeError for lists of unequal length. */
export function slopeOf(x: readonly number[], y: readonly number[]): number | null {
  if (x.length !== y.length) throw new RangeError(`Expected lists of equal length, found ${x.length} and ${y.length}.`);
  if (x.every((value) => value === x[0])) return null;
  return linearRegression(x.map((value, index) => [value, y[index]!])).m;
}

/**
 * One slope a profile: how a metric moves from session to session of one user, per session. Points without a value are left out; a profile with fewer than two points
 * has none. The mean of these slopes is judged like any other per-profile value (paired t, bootstrap over profiles).
 */
export function profileSlopes(profiles: readonly (readonly (number | null)[])[]): (number | null)[] {
  return profiles.map((values) => {
    const known = [...values.keys()].filter((session) => values[session] !== null);
    return slopeOf(known, known.map((session) => values[session]!));
  });
}
