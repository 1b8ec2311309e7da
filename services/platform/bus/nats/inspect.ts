import { randomUUID } from 'node:crypto';
import { jetstreamManager, JetStreamApiError, StorageType, type JetStreamManager, type StreamInfo } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { AttuneError } from '../../errors.ts';
import { openJetStream, optionsOf } from './connect.ts';
import { brokerError, connectionError } from './errors.ts';
import type { NatsSettings } from './settings.ts';
import { requireVersion, reservedBytes, STREAMS } from './streams.ts';

/**
 * Looks at a NATS server without leaving anything on it. Throws one sentence when it cannot be reached, refuses us or has no JetStream. Whether there is room is tried:
 * a stream of the size that runs still need is made, empty, and removed; the moment that the server gives it also tells its clock.
 */
export async function inspectNats(settings: NatsSettings): Promise<NatsFindings> {
  const where = settings.servers.join(', ');
  const nc = await connect({ ...optionsOf(settings, 'attune doctor'), maxReconnectAttempts: 0, ignoreAuthErrorAbort: false }).catch((thrown: unknown) => {
    throw thrown instanceof AttuneError ? thrown : connectionError(settings.servers, thrown);
  });
  try {
    await openJetStream(nc, where);
    const jsm = await jetstreamManager(nc, { timeout: REQUEST_MS });
    const infos = (await Promise.all(STREAMS.map((name) => jsm.streams.info(name).catch(ignoreMissing)))).filter((info) => info !== null);
    const streams = infos.map((info) => ({ name: info.config.name, bytes: info.state.bytes, problem: problemOf(info) }));
    return { where, version: nc.info?.version ?? '0.0.0', streams, ...(await tryRoom(jsm, settings, new Set(streams.map(({ name }) => name)))) };
  } catch (thrown) {
    throw brokerError(`The NATS server at ${where} could not be looked at`, thrown);
  } finally {
    await nc.close();
  }
}

async function tryRoom(jsm: JetStreamManager, settings: NatsSettings, there: ReadonlySet<string>): Promise<Pick<NatsFindings, 'room' | 'skewMs'>> {
  const name = `ATTUNE_DOCTOR_${randomUUID()}`;
  const needed = reservedBytes(settings, there);
  const before = Date.now();
  try {
    const { created } = await jsm.streams.add({ name, subjects: [`attune.doctor.${name}`], storage: StorageType.File, num_replicas: settings.replicas, max_bytes: Math.max(needed, 1_024) });
    const skewMs = (before + Date.now()) / 2 - Date.parse(created);
    return { room: null, skewMs };
  } catch (thrown) {
    if (!(thrown instanceof JetStreamApiError)) throw thrown;
    const mib = Math.ceil(needed / 2 ** 20);
    if (/replicas/i.test(thrown.message)) return { room: `the server refuses ${settings.replicas} copies of a stream (${thrown.message}); set ATTUNE_BUS_REPLICAS to the number of its cluster's servers or less.`, skewMs: null };
    return { room: `the server has no room for the ${mib} MiB that runs reserve (${thrown.message}); raise max_file_store or the account's limit on it, or lower ATTUNE_BUS_MAX_MIB, which is ${settings.maxBytes / 2 ** 20}.`, skewMs: null };
  } finally {
    await jsm.streams.delete(name).catch(ignoreMissing);
  }
}

function problemOf(info: StreamInfo): string | null {
  try {
    requireVersion(info);
    return null;
  } catch (thrown) {
    return AttuneError.from(thrown).message;
  }
}

function ignoreMissing(thrown: unknown): null {
  if (thrown instanceof JetStreamApiError) return null;
  throw thrown;
}

const REQUEST_MS = 5_000;

interface NatsFindings {
  where: string;
  version: string;
  /** Those of ours that are there. `problem` is a sentence about one that is not of this version. */
  streams: { name: string; bytes: number; problem: string | null }[];
  /** Why runs would have no room; null when they have. */
  room: string | null;
  /** Our clock minus the server's; null when it does not tell. */
  skewMs: number | null;
}
