import { chosenAtMost, fillMemoryRows } from '../memory/fill-memory-rows.ts';
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
  const { manifest, inputs } = records;
  const methods = manifest.methods.map(({ name }) => name);
  const memory = createMemorySection(methods, chosenAtMost(manifest.experiment));
  const blame = createBlameCount(methods);
  const vectors = createVectorsSection({ manifest, profiles: inputs.profiles, methods });
  const transcripts = createTranscriptSample({ seed: manifest.seed, methods, maxBytes: options.transcriptBytes, users: options.transcriptUsers });
  await fillMemoryRows(records, (read) => {
    transcripts.add(read.item);
    memory.add(read.row);
    blame.add(read.blames);
    vectors.add(read);
  });
  return { memory: memory.finish(), blame: blame.finish(), vectors: vectors.finish(), transcripts: transcripts.finish(inputs.profiles) };
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
