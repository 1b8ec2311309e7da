import { readFileSync } from 'node:fs';
import { jetstream, jetstreamManager, JetStreamApiError, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import type { ObjectStore } from '@nats-io/obj';
import { connect, credsAuthenticator, PermissionViolationError, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { AttuneError } from '../../errors.ts';
import { describeFileError } from '../../files.ts';
import type { Logger } from '../../log.ts';
import { brokerError, connectionError, refusalOf } from './errors.ts';
import { answers } from './lost.ts';
import type { NatsSettings } from './settings.ts';
import { ensureStreams } from './streams.ts';

/**
 * Connects to NATS and makes the streams and buckets that are not there yet. A lost connection is taken up again without end; what is published meanwhile
 * waits. Throws one sentence: `unavailable` for a wrong address, `unauthenticated` for wrong credentials, `failed_precondition` for a server without
 * JetStream and for streams of another version.
 */
export async function connectNats(settings: NatsSettings, { log, name }: ConnectDeps): Promise<Nats> {
  const where = settings.servers.join(', ');
  let nc: NatsConnection;
  try {
    nc = await connect(optionsOf(settings, name));
  } catch (thrown) {
    throw thrown instanceof AttuneError ? thrown : connectionError(settings.servers, thrown);
  }
  void reportStatus(nc, log);
  try {
    const jsm = await openJetStream(nc, where);
    const js = jetstream(nc, { timeout: REQUEST_MS });
    const { kv, objects } = await ensureStreams(js, jsm, settings, nc.info?.version ?? '0.0.0');
    return {
      nc,
      js,
      jsm,
      kv,
      objects,
      settings,
      log,
      where,
      maxPayload: (nc.info?.max_payload ?? 2 ** 20) - HEADROOM_BYTES,
      async close() {
        // Acknowledgements are written but not waited for; they must leave before the connection does.
        await answers(nc);
        await nc.close();
      },
    };
  } catch (thrown) {
    await nc.close();
    const refused = refusalOf(thrown);
    if (refused && /\.STREAM\.(CREATE|UPDATE)\./.test(refused.subject)) {
      throw new AttuneError('permission_denied', `The NATS server at ${where} lacks streams that this user may not make (${refused.message}); let attune run or attune runs list come first, with the credentials of a coordinator.`, { cause: thrown });
    }
    throw brokerError(`The streams of the NATS server at ${where} could not be made ready`, thrown);
  }
}

/** How long one request may take before it is repeated, in milliseconds. */
const REQUEST_MS = 5_000;
/** What headers may add to a message. */
const HEADROOM_BYTES = 8 * 1_024;

export function optionsOf(settings: NatsSettings, name: string): NodeConnectionOptions {
  const { servers, user, password, token, inbox, credentials, tls } = settings;
  const secure = tls !== undefined || servers.some((server) => server.startsWith('tls:'));
  return {
    servers: servers.map((server) => new URL(server).host),
    name,
    timeout: 5_000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    // A server that restarts may not know its users for a moment.
    ignoreAuthErrorAbort: true,
    pingInterval: 5_000,
    maxPingOut: 2,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { pass: password }),
    ...(token !== undefined && { token }),
    ...(inbox !== undefined && { inboxPrefix: inbox }),
    ...(credentials !== undefined && { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }),
    ...(secure && { tls: pem(tls ?? {}) }),
  };
}

function pem({ ca, cert, key }: NonNullable<NatsSettings['tls']>): { ca?: string; cert?: string; key?: string } {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch (cause) {
      throw describeFileError(`Cannot read ${file}`, cause);
    }
  };
  return { ...(ca !== undefined && { ca: read(ca) }), ...(cert !== undefined && { cert: read(cert) }), ...(key !== undefined && { key: read(key) }) };
}

export async function openJetStream(nc: NatsConnection, where: string): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(nc, { timeout: REQUEST_MS });
  } catch (thrown) {
    const off = (thrown instanceof Error && thrown.name === 'JetStreamNotEnabled') || (thrown instanceof JetStreamApiError && thrown.code === 10_039);
    if (!off) throw thrown;
    throw new AttuneError('failed_precondition', `The NATS server at ${where} should have JetStream, but it is switched off; start it with "nats-server -js" or enable it for this account.`, { cause: thrown });
  }
}

async function reportStatus(nc: NatsConnection, log: Logger): Promise<void> {
  for await (const status of nc.status()) {
    if (status.type === 'disconnect') log.warn({ server: nc.getServer() }, 'The connection to the NATS server was lost; trying again.');
    if (status.type === 'reconnect') log.info({ server: nc.getServer() }, 'The connection to the NATS server is back.');
    if (status.type === 'error') log[isTold(status.error) ? 'debug' : 'warn']({ err: status.error }, 'The NATS server complained.');
  }
}

/** Whoever made a request that is not permitted hears of it; an acknowledgement or an answer that is not says nothing to anybody. */
function isTold(error: Error): boolean {
  return error instanceof PermissionViolationError && error.operation === 'publish' && !/^(\$JS\.(ACK|FC)|_INBOX)\./.test(error.subject);
}

interface ConnectDeps {
  log: Logger;
  /** Which part connects; shows in the server's list of connections. */
  name: string;
}

/** An open connection with everything that Attune keeps on the server. */
export interface Nats {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** What is known of each run. */
  readonly kv: KV;
  /** What is too large for a message. */
  readonly objects: ObjectStore;
  readonly settings: NatsSettings;
  readonly log: Logger;
  /** The addresses, for sentences. */
  readonly where: string;
  /** The most bytes of one message. */
  readonly maxPayload: number;
  close(): Promise<void>;
}
