/**
 * Whether stated certainty is earned: expected calibration error (M. P. Naeini, G. F. Cooper and M. Hauskrecht, AAAI 2015) over bins of equal width from 0 to 1, each
 * (low, high] with 0 in the first, as in C. Guo et al., ICML 2017; and the coverage curve: the accuracy that is left when only the most certain share of the
 * items is answered. `error` is null without items. Throws RangeError for a certainty outside 0 to 1.
 */
export function calibration(items: readonly CertainItem[], bins: number = 10): Calibration {
  const wrong = items.find(({ certainty }) => !(certainty >= 0 && certainty <= 1));
  if (wrong) throw new RangeError(`Expected a certainty from 0 to 1, found ${wrong.certainty}.`);
  const table = Array.from({ length: bins }, (_, bin) => {
    const inside = items.filter(({ certainty }) => binOf(certainty, bins) === bin);
    return { low: bin / bins, high: (bin + 1) / bins, items: inside.length, certainty: share(inside.map((item) => item.certainty)), accuracy: share(inside.map((item) => Number(item.correct))) };
  });
  const error = table.reduce((sum, bin) => sum + (bin.items === 0 ? 0 : (bin.items / items.length) * Math.abs(bin.accuracy! - bin.certainty!)), 0);
  return { error: items.length === 0 ? null : error, bins: table, coverage: coverageCurve(items) };
}

/** One point for each different certainty, most certain first; items of equal certainty come in together, so their order does not matter. */
function coverageCurve(items: readonly CertainItem[]): CoveragePoint[] {
  const sorted = [...items].sort((a, b) => b.certainty - a.certainty);
  const points: CoveragePoint[] = [];
  let correct = 0;
  sorted.forEach((item, index) => {
    correct += Number(item.correct);
    if (sorted[index + 1]?.certainty !== item.certainty) points.push({ certainty: item.certainty, coverage: (index + 1) / sorted.length, accuracy: correct / (index + 1) });
  });
  return points;
}

function binOf(certainty: number, bins: number): number {
  // A hair's breadth, so that 0.3, which is not quite 3 × 0.1, falls where a reader puts it.
  return Math.max(0, Math.ceil(certainty * bins - 1e-9) - 1);
}

function share(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export interface CertainItem {
  /** 0 to 1. */
  readonly certainty: number;
  readonly correct: boolean;
}

export interface Calibration {
  /** Mean over items of the distance between accuracy and mean certainty of their bin. */
  readonly error: number | null;
  readonly bins: readonly ReliabilityBin[];
  readonly coverage: readonly CoveragePoint[];
}

export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly items: number;
  /** Mean certainty and share correct; null in an empty bin. */
  readonly certainty: number | null;
  readonly accuracy: number | null;
}

export interface CoveragePoint {
  /** The smallest certainty that is answered. */
  readonly certainty: number;
  /** Share of all items answered. */
  readonly coverage: number;
  /** Share correct among them. */
  readonly accuracy: number;
}
