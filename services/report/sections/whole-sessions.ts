import type { DuckDBAppender } from '@duckdb/node-api';
import type { MemoryRow } from '../memory/memory-row.ts';
import { readMemory } from '../memory/read-memory.ts';
import type { RunRecords } from '../records/open-records.ts';
import { createBlameCount } from './blame/section.ts';
import type { BlameSection } from './blame/model.ts';
import { createMemorySection } from './memory/section.ts';
import type { MemorySection } from './memory/model.ts';
import { createTranscriptSample } from './transcripts/sample.ts';
import type { TranscriptSample } from './transcripts/model.ts';
import { createVectorsSection } from './vectors/section.ts';
import type { VectorsSection } from './vectors/model.ts';

/**
 * The one pass over whole sessions: memories, blame, user vectors, and the transcripts that a page carries. Also fills `memory_rows`, so that the
 * metrics of memories have something to be computed from; call it before those.
 */
export async function readWholeSessions(records: RunRecords, options: WholeSessionsOptions): Promise<WholeSessions> {
  const { manifest, inputs, runs } = records;
  const methods = manifest.methods.map(({ name }) => name);
  const k = chosenAtMost(manifest.experiment);
  const memory = createMemorySection(methods, k);
  const blame = createBlameCount(methods);
  const vectors = createVectorsSection({ manifest, profiles: inputs.profiles, methods });
  const transcripts = createTranscriptSample({ seed: manifest.seed, methods, maxBytes: options.transcriptBytes, users: options.transcriptUsers });
  const places = { method: placesOf(methods), user: placesOf(inputs.profiles.map(({ userId }) => userId)) };

  await records.append('memory_rows', async (appender) => {
    for (const run of runs.keys()) {
      for await (const read of readMemory({ items: records.inOrder(run), profiles: inputs.profiles }, { k })) {
        transcripts.add(read.item);
        memory.add(read.row);
        blame.add(read.blames);
        vectors.add(read);
        appendRow(appender, run, places, read.row);
      }
    }
  });
  return { memory: memory.finish(), blame: blame.finish(), vectors: vectors.finish(), transcripts: transcripts.finish(inputs.profiles) };
}

/** Cards that a retrieval gives at most, where the experiment says. */
function chosenAtMost(experiment: unknown): number {
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

export interface WholeSessionsOptions {
  /** The limit on the transcripts' JSON in bytes; the usual one unless told. */
  readonly transcriptBytes?: number | undefined;
  /** Users whose transcripts are wanted; all unless told. */
  readonly transcriptUsers?: readonly string[] | undefined;
}

export interface WholeSessions {
  readonly memory: MemorySection | null;
  readonly blame: BlameSection | null;
  readonly vectors: VectorsSection | null;
  readonly transcripts: TranscriptSample | null;
}

interface Places {
  readonly method: ReadonlyMap<string, number>;
  readonly user: ReadonlyMap<string, number>;
}
