/**
 * Agreement of two raters beyond chance (J. Cohen, Educational and Psychological Measurement 20, 1960), for any number of categories. Null without items, and when both
 * gave one and the same category throughout, where chance agrees fully too. Throws RangeError for lists of unequal length.
 */
export function cohenKappa(a: readonly Label[], b: readonly Label[]): number | null {
  if (a.length !== b.length) throw new RangeError(`Expected lists of equal length, found ${a.length} and ${b.length}.`);
  if (a.length === 0) return null;
  const count = (labels: readonly Label[]) => labels.reduce((counts, label) => counts.set(label, (counts.get(label) ?? 0) + 1), new Map<Label, number>());
  const [first, second] = [count(a), count(b)];
  const observed = a.filter((label, index) => label === b[index]).length / a.length;
  let expected = 0;
  for (const [label, times] of first) expected += (times * (second.get(label) ?? 0)) / a.length ** 2;
  return expected === 1 ? null : (observed - expected) / (1 - expected);
}

type Label = string | number | boolean;
