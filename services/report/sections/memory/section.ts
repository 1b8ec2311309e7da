import { matchingAccuracy } from '../../memory/matching-accuracy.ts';
import type { MemoryRow } from '../../memory/memory-row.ts';
import type { MemoryOfMethod, MemorySection, MemorySessionPoint } from './model.ts';

/** Pools memory rows by method, in the order of `methods`; `finish` gives null when no row says anything about a memory. */
export function createMemorySection(methods: readonly string[], k: number): { add(row: MemoryRow): void; finish(): MemorySection | null } {
  const pools = new Map(methods.map((method) => [method, createPool()]));
  return {
    add(row) {
      pools.get(row.method)?.add(row);
    },
    finish() {
      const found = [...pools].flatMap(([method, pool]) => pool.finish(method) ?? []);
      return found.length === 0 ? null : { methods: found, k, matching: matchingAccuracy() };
    },
  };
}

function createPool(): { add(row: MemoryRow): void; finish(method: string): MemoryOfMethod | null } {
  const sums = new Map<keyof MemoryRow, number>();
  const sessions = new Map<number, Record<keyof Omit<MemorySessionPoint, 'session'>, Mean>>();
  return {
    add(row) {
      for (const name of SUMMED) {
        const value = row[name];
        if (value !== null) sums.set(name, (sums.get(name) ?? 0) + value);
      }
      const point = sessions.get(row.session) ?? { reconstruction: newMean(), revealed: newMean(), coverage: newMean() };
      sessions.set(row.session, point);
      if (row.known !== null) addTo(point.reconstruction, row.known / row.preferences);
      addTo(point.revealed, row.revealedSoFar / row.preferences);
      if (row.coverage !== null) addTo(point.coverage, row.coverage);
    },
    finish(method) {
      const quotient = (over: keyof MemoryRow, per: keyof MemoryRow) => {
        const bottom = sums.get(per) ?? 0;
        return bottom > 0 ? (sums.get(over) ?? 0) / bottom : null;
      };
      const bySession = [...sessions].sort(([a], [b]) => a - b).map(([session, { reconstruction, revealed, coverage }]) => ({ session, reconstruction: meanOf(reconstruction), revealed: meanOf(revealed), coverage: meanOf(coverage) }));
      const extraction = { precision: quotient('extractedRevealed', 'extracted'), recall: quotient('revealedExtracted', 'revealed') };
      const keepsMemory = (sums.get('injected') ?? 0) > 0 || bySession.some(({ reconstruction, coverage }) => reconstruction !== null || coverage !== null);
      if (!keepsMemory) return null;
      return {
        method,
        precision: quotient('injectedApplicable', 'injected'),
        recall: quotient('applicableInjected', 'applicable'),
        ndcg: quotient('ndcgSum', 'ranked'),
        recallAtK: quotient('rankedInTop', 'rankable'),
        extraction: sums.has('extracted') ? { ...extraction, f1: harmonicMean(extraction.precision, extraction.recall) } : null,
        vectorChanged: quotient('vectorChanged', 'vectorTurns'),
        bySession,
      };
    },
  };
}

const SUMMED = [
  'injected', 'injectedApplicable', 'applicable', 'applicableInjected', 'ranked', 'ndcgSum', 'rankable', 'rankedInTop',
  'extracted', 'extractedRevealed', 'revealed', 'revealedExtracted', 'vectorTurns', 'vectorChanged',
] as const;

function harmonicMean(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return null;
  return a + b === 0 ? 0 : (2 * a * b) / (a + b);
}

function newMean(): Mean {
  return { sum: 0, count: 0 };
}

function addTo(mean: Mean, value: number): void {
  mean.sum += value;
  mean.count += 1;
}

function meanOf({ sum, count }: Mean): number | null {
  return count === 0 ? null : sum / count;
}

interface Mean {
  sum: number;
  count: number;
}
