import { DiscardPolicy, JetStreamApiError, RetentionPolicy, StorageType, StoreCompression, type JetStreamClient, type JetStreamManager, type StreamConfig, type StreamInfo } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import { Objm, type ObjectStore } from '@nats-io/obj';
import { nanos } from '@nats-io/transport-node';
import { AttuneError } from '../../errors.ts';
import { classify } from './errors.ts';
import type { NatsSettings } from './settings.ts';

/** Version of subjects, headers and payloads. Streams of another version are left alone and refused. */
export const BUS_VERSION = 1;

/** Facts of all runs: `attune.events.<run>.f.<fact>`, and `attune.events.<run>.t.<trajectory>` for what only the holder of a trajectory may write. */
export const EVENTS = 'ATTUNE_EVENTS';
/** Trajectories to run: `attune.work.<run>.<trajectory>`, at most one message each. */
export const WORK = 'ATTUNE_WORK';
/** Sessions to judge: `attune.judging.<run>.<trajectory>.<session>`, at most one message each. */
export const JUDGING = 'ATTUNE_JUDGING';
/** What was given up: `attune.dead.<run>.<queue>.…`, with the reason in a header. */
export const DEAD = 'ATTUNE_DEAD';
/** Bucket of what is known of each run. */
export const RUNS = 'attune_runs';
/** Bucket of what is too large for a message. */
export const OBJECTS = 'attune_objects';

/** All of them, by the names that the server knows. */
export const STREAMS = [EVENTS, WORK, JUDGING, DEAD, `KV_${RUNS}`, `OBJ_${OBJECTS}`];

/** What the streams that are not there yet will reserve, in bytes. */
export function reservedBytes(settings: NatsSettings, there: ReadonlySet<string>): number {
  return configsOf(settings, '2.9.0').reduce((sum, { name, max_bytes = 0 }) => sum + (there.has(name) ? 0 : max_bytes), 0);
}

/** Makes what is missing, checks what is there and gives back the buckets. Two processes may do this at once. */
export async function ensureStreams(js: JetStreamClient, jsm: JetStreamManager, settings: NatsSettings, serverVersion: string): Promise<{ kv: KV; objects: ObjectStore }> {
  for (const wanted of configsOf(settings, serverVersion)) await ensureStream(jsm, wanted);
  const { replicas } = settings;
  await checkVersion(jsm, `KV_${RUNS}`);
  await checkVersion(jsm, `OBJ_${OBJECTS}`);
  const kv = await new Kvm(js).create(RUNS, { history: 1, replicas, description: describe('what is known of each run') });
  const objects = await new Objm(js).create(OBJECTS, { replicas, ttl: nanos(settings.maxAgeMs), storage: StorageType.File, description: describe('what is too large for a message') });
  return { kv, objects };
}

function configsOf(settings: NatsSettings, serverVersion: string): Wanted[] {
  const { replicas, maxBytes, maxAgeMs } = settings;
  const shared = { storage: StorageType.File, num_replicas: replicas, max_age: nanos(maxAgeMs), duplicate_window: nanos(DEDUP_MS), allow_direct: true, discard: DiscardPolicy.New };
  const queue = { ...shared, retention: RetentionPolicy.Workqueue, max_bytes: Math.floor(maxBytes / 8), max_msgs_per_subject: 1, discard_new_per_subject: true };
  return [
    // Full means that publishers wait; dropping the oldest would lose facts that nobody has recorded yet.
    { ...shared, name: EVENTS, subjects: ['attune.events.>'], retention: RetentionPolicy.Limits, max_bytes: maxBytes, description: describe('facts of runs'), ...(atLeast(serverVersion, 2, 10) && { compression: StoreCompression.S2 }) },
    { ...queue, name: WORK, subjects: ['attune.work.>'], description: describe('trajectories to run') },
    { ...queue, name: JUDGING, subjects: ['attune.judging.>'], description: describe('sessions to judge') },
    { ...shared, name: DEAD, subjects: ['attune.dead.>'], retention: RetentionPolicy.Limits, max_bytes: Math.floor(maxBytes / 32), discard: DiscardPolicy.Old, description: describe('what was given up') },
  ];
}

/** How long the server knows message ids; later copies are dropped by the recorder. */
const DEDUP_MS = 120_000;

async function ensureStream(jsm: JetStreamManager, wanted: Wanted): Promise<void> {
  let info = await infoOf(jsm, wanted.name);
  if (!info) {
    try {
      info = await jsm.streams.add(wanted);
    } catch (thrown) {
      // Somebody else made it in the meantime, with limits of their own.
      info = await infoOf(jsm, wanted.name);
      if (!info) throw thrown;
    }
  }
  requireVersion(info);
  // A server that does not know an option may leave it out without a word.
  for (const field of ['retention', 'discard', 'max_msgs_per_subject', 'discard_new_per_subject', 'storage'] as const) {
    if (wanted[field] === undefined || info.config[field] === wanted[field]) continue;
    throw new AttuneError('failed_precondition', `The stream ${wanted.name} should have ${field} ${String(wanted[field])}, found ${String(info.config[field])}; use nats-server 2.9 or newer, or delete the stream when no run needs it.`);
  }
  const { max_bytes, max_age } = wanted;
  if (info.config.max_bytes < max_bytes! || info.config.max_age < max_age!) {
    await jsm.streams.update(wanted.name, { ...info.config, max_bytes: Math.max(info.config.max_bytes, max_bytes!), max_age: Math.max(info.config.max_age, max_age!) });
  }
}

async function infoOf(jsm: JetStreamManager, name: string): Promise<StreamInfo | null> {
  try {
    return await jsm.streams.info(name);
  } catch (thrown) {
    if (thrown instanceof JetStreamApiError && classify(thrown) === 'gone') return null;
    throw thrown;
  }
}

async function checkVersion(jsm: JetStreamManager, name: string): Promise<void> {
  const info = await infoOf(jsm, name);
  if (info) requireVersion(info);
}

/** Throws `failed_precondition` for a stream of another version. */
export function requireVersion({ config: { name, description } }: StreamInfo): void {
  if (description?.startsWith(`${MARK} ${BUS_VERSION}:`)) return;
  const found = new RegExp(`^${MARK} (\\d+):`).exec(description ?? '')?.[1];
  throw new AttuneError(
    'failed_precondition',
    `The stream ${name} should hold messages of version ${BUS_VERSION}, found ${found === undefined ? 'a stream that Attune did not make' : `version ${found}`}; go on with the Attune that made it, use another NATS account, or delete it when no run needs it.`,
  );
}

const MARK = 'attune bus';

function describe(what: string): string {
  return `${MARK} ${BUS_VERSION}: ${what}`;
}

function atLeast(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}

type Wanted = Partial<StreamConfig> & { name: string };
