/**
 * Holm's step-down correction (S. Holm, Scandinavian Journal of Statistics 6, 1979): adjusted p-values in the order given; those below alpha may be called significant
 * with at most alpha chance of any false call in the family. A null is a test that could not be made: it stays null, and counts in the family's size, so that the
 * family is what was registered and not what came out.
 */
export function holm<P extends number | null>(ps: readonly P[]): P[] {
  const order = [...ps.keys()].filter((index) => ps[index] !== null).sort((a, b) => (ps[a] as number) - (ps[b] as number));
  const adjusted = [...ps];
  let highest = 0;
  order.forEach((index, place) => {
    highest = Math.max(highest, Math.min(1, (ps.length - place) * (ps[index] as number)));
    adjusted[index] = highest as P;
  });
  return adjusted;
}
