import type { DuckDBAppender } from '@duckdb/node-api';
import type { RunRecords } from '../records/open-records.ts';
import type { MemoryRow } from './memory-row.ts';
import { readMemory, type MemoryOfSession } from './read-memory.ts';

/**
 * Fills `memory_rows` from whole sessions, so that the metrics of memories have something to be computed from; call it before those, once. `onRead` sees each session
 * on its way: by run, method, user and session.
 */
export async function fillMemoryRows(records: RunRecords, onRead: (read: MemoryOfSession) => void = () => undefined): Promise<void> {
  const { manifest, inputs, runs } = records;
  const k = chosenAtMost(manifest.experiment);
  const places = { method: placesOf(manifest.methods.map(({ name }) => name)), user: placesOf(inputs.profiles.map(({ userId }) => userId)) };
  await records.append('memory_rows', async (appender) => {
    for (const run of runs.keys()) {
      for await (const read of readMemory({ items: records.inOrder(run), profiles: inputs.profiles }, { k })) {
        onRead(read);
        appendRow(appender, run, places, read.row);
      }
    }
  });
}

/** Cards that a retrieval gives at most, where the experiment says. */
export function chosenAtMost(experiment: unknown): number {
  return (experiment as { preferences?: { topJ?: number } } | null)?.preferences?.topJ ?? DEFAULT_TOP_J;
}

/** As the experiment's schema has it. */
const DEFAULT_TOP_J = 3;

/** In the order of the columns of `memory_rows`. */
function appendRow(appender: DuckDBAppender, run: number, places: Places, row: MemoryRow): void {
  appender.appendInteger(run);
  appender.appendInteger(places.method.get(row.method)!);
  appender.appendInteger(places.user.get(row.userId)!);
  appender.appendInteger(row.session);
  for (const name of COLUMNS) {
    const value = row[name];
    if (value === null) appender.appendNull();
    else if (FRACTIONS.has(name)) appender.appendDouble(value);
    else appender.appendInteger(value);
  }
  appender.endRow();
}

const COLUMNS = [
  'injected', 'injectedApplicable', 'applicable', 'applicableInjected', 'ranked', 'ndcgSum', 'rankable', 'rankedInTop',
  'extracted', 'extractedRevealed', 'revealed', 'revealedExtracted', 'preferences', 'known', 'revealedSoFar', 'coverage',
] as const;
const FRACTIONS: ReadonlySet<keyof MemoryRow> = new Set(['ndcgSum', 'coverage']);

function placesOf(names: readonly string[]): Map<string, number> {
  return new Map(names.map((name, place) => [name, place]));
}

interface Places {
  readonly method: ReadonlyMap<string, number>;
  readonly user: ReadonlyMap<string, number>;
}
