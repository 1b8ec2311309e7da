import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AttuneError } from '../errors.ts';
import { hashHex } from '../random.ts';
import { createSharedCalls } from './shared-calls.ts';

/**
 * Answers on disk, addressed by what was asked: SHA-256 over the canonical JSON of base URL, path, model and request body. The body holds
 * the seed, so equal questions of different sessions stay apart. How an answer travelled (streamed or not) does not count, and neither
 * does the API key, which is in no file. Equal questions at the same moment share one call. Failures are never kept.
 */
export function createResponseCache({ mode, dir }: ResponseCacheConfig): ResponseCache {
  const shared = createSharedCalls();

  async function lookUp<A>(key: CacheKey, file: string, lookup: CacheLookup<A>, signal: AbortSignal): Promise<CacheAnswer<A>> {
    const kept = await read(file);
    if (kept) return { answer: lookup.decode(kept.answer), cached: true };
    if (mode === 'replay-only') {
      throw new AttuneError('not_found', `Expected a stored answer of model "${key.model}" at ${key.baseUrl}${key.path} because the cache only replays, found none in ${dir}; run once with the cache in read-write mode.`);
    }
    const answer = await lookup.live(signal);
    await write(file, { version: VERSION, model: key.model, path: key.path, answer: lookup.encode(answer) });
    return { answer, cached: false };
  }

  return {
    async through(key, lookup, signal) {
      const hash = hashHex(canonicalJson(key));
      const file = join(dir, hash.slice(0, 2), hash.slice(2, 4), `${hash}.json`);
      const { value, joined } = await shared.run(hash, (own) => lookUp(key, file, lookup, own), signal);
      return joined ? { ...value, cached: true } : value;
    },
  };
}

/** JSON with sorted keys and without undefined ones: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}

async function read(file: string): Promise<StoredAnswer | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw AttuneError.from(cause);
  }
  const stored = parse(text);
  if (!stored) return undefined;
  if (stored.version !== VERSION || stored.answer === undefined) {
    throw new AttuneError('data_loss', `Expected a stored answer of version ${VERSION} in ${file}, found ${JSON.stringify(stored.version)}; delete the file or use another cache folder.`);
  }
  return stored as StoredAnswer;
}

/** Files are not synced, so a power cut can leave one unfinished: it counts as absent and is written anew. */
function parse(text: string): Partial<StoredAnswer> | undefined {
  try {
    return JSON.parse(text) as Partial<StoredAnswer>;
  } catch {
    return undefined;
  }
}

/**
 * A reader sees the whole file or none, and two processes that write at once answer one question, so either may stay. Unlike the run's
 * records this is not synced to the disk: an answer lost in a power cut costs one call, a sync would slow all of them.
 */
async function write(file: string, stored: StoredAnswer): Promise<void> {
  const draft = `${file}.${process.pid}.${(drafts += 1)}.tmp`;
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(draft, JSON.stringify(stored));
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    const error = AttuneError.from(cause);
    throw new AttuneError(error.code, `The answer cannot be kept in ${file}: ${error.message}; mend the folder or turn the cache off.`, { cause });
  }
}

let drafts = 0;

/** Of the files' form. */
const VERSION = 1;

export interface ResponseCacheConfig {
  mode: 'read-write' | 'replay-only';
  /** Made when it is missing. */
  dir: string;
}

export interface ResponseCache {
  /** The stored answer, the answer of an equal call under way, or the answer of `live`, which is then stored. */
  through<A>(key: CacheKey, lookup: CacheLookup<A>, signal: AbortSignal): Promise<CacheAnswer<A>>;
}

export interface CacheKey {
  baseUrl: string;
  path: string;
  model: string;
  body: object;
}

export interface CacheLookup<A> {
  /** Its signal ends when nobody waits for the answer any more. */
  live(signal: AbortSignal): Promise<A>;
  encode(answer: A): unknown;
  decode(stored: unknown): A;
}

export interface CacheAnswer<A> {
  answer: A;
  /** True when this caller made no call. */
  cached: boolean;
}

interface StoredAnswer {
  version: number;
  model: string;
  path: string;
  answer: unknown;
}
