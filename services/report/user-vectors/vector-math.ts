/** Shared by all, 0 to 1; null for two empty sets. */
export function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number | null {
  let shared = 0;
  for (const item of a) if (b.has(item)) shared += 1;
  const all = a.size + b.size - shared;
  return all === 0 ? null : shared / all;
}

/** Null when a vector has no direction. Throws RangeError for vectors of two spaces. */
export function cosine(a: Numbers, b: Numbers): number | null {
  if (a.length !== b.length) throw new RangeError(`Expected vectors of one item space, found ${a.length} and ${b.length} dimensions.`);
  const lengths = norm(a) * norm(b);
  return lengths > 0 ? Math.max(-1, Math.min(1, dot(a, b) / lengths)) : null;
}

export function norm(vector: Numbers): number {
  return Math.sqrt(dot(vector, vector));
}

export function dot(a: Numbers, b: Numbers): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += a[index]! * b[index]!;
  return sum;
}

/** Adds a multiple of one vector to another, in place. */
export function addScaled(to: Float64Array, from: Numbers, factor: number): void {
  for (let index = 0; index < to.length; index += 1) to[index]! += factor * from[index]!;
}

export type Numbers = ArrayLike<number>;
