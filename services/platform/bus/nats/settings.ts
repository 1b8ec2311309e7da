import { readFileSync } from 'node:fs';
import type { EnvReader } from '../../config.ts';
import { AttuneError } from '../../errors.ts';
import { describeFileError } from '../../files.ts';

/** Where the NATS server is and who we are to it. Secrets come from the environment or from files, never from a URL, which process lists and logs show. */
export interface NatsSettings {
  /** Addresses of one server or of a cluster's servers: nats://host:4222, or tls://host:4222 where the server asks for TLS. */
  readonly servers: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** Where answers to our requests come: the first part of subjects that only we may read, such as _INBOX.judge. */
  readonly inbox?: string | undefined;
  /** Text of a .creds file (JWT and seed). */
  readonly credentials?: string | undefined;
  /** PEM files: the authorities that the server's certificate is checked against, and our own certificate and key for mutual TLS. */
  readonly tls?: { readonly ca?: string | undefined; readonly cert?: string | undefined; readonly key?: string | undefined } | undefined;
  /** Copies of each stream in a cluster, 1 to 5. */
  readonly replicas: number;
  /** The most bytes of the stream of facts; the work queues get an eighth of it each. Publishers wait while a stream is full. */
  readonly maxBytes: number;
  /** How long a message is kept, in milliseconds. A run must not stand still for longer. */
  readonly maxAgeMs: number;
  /** How long a publisher tries to have a message stored, through lost connections and full streams, in milliseconds. */
  readonly deadlineMs: number;
}

/**
 * Reads the settings of the bus: ATTUNE_BUS (addresses with commas between them), ATTUNE_BUS_USER, ATTUNE_BUS_PASSWORD or ATTUNE_BUS_PASSWORD_FILE,
 * ATTUNE_BUS_TOKEN or ATTUNE_BUS_TOKEN_FILE, ATTUNE_BUS_CREDS (a .creds file), ATTUNE_BUS_INBOX (of a user its own, _INBOX.USER, unless told), ATTUNE_BUS_CA, ATTUNE_BUS_CERT and ATTUNE_BUS_KEY (PEM files),
 * ATTUNE_BUS_REPLICAS, ATTUNE_BUS_MAX_MIB, ATTUNE_BUS_MAX_AGE_HOURS and ATTUNE_BUS_DEADLINE_MS. Null without ATTUNE_BUS.
 */
export function natsEnv(env: EnvReader): NatsSettings | null {
  const servers = env.list('ATTUNE_BUS', { optional: true });
  const text = (name: string) => env.string(name, { optional: true });
  const secret = (name: string) => text(name) ?? secretFile(text(`${name}_FILE`));
  const creds = text('ATTUNE_BUS_CREDS');
  const tls = { ca: text('ATTUNE_BUS_CA'), cert: text('ATTUNE_BUS_CERT'), key: text('ATTUNE_BUS_KEY') };
  const user = text('ATTUNE_BUS_USER');
  const settings = {
    user,
    inbox: checkInbox(text('ATTUNE_BUS_INBOX')) ?? ownInbox(user),
    password: secret('ATTUNE_BUS_PASSWORD'),
    token: secret('ATTUNE_BUS_TOKEN'),
    credentials: creds === undefined ? undefined : readText(creds),
    tls: Object.values(tls).some((file) => file !== undefined) ? tls : undefined,
    replicas: env.int('ATTUNE_BUS_REPLICAS', { default: 1, min: 1, max: 5 }),
    maxBytes: env.int('ATTUNE_BUS_MAX_MIB', { default: 4_096, min: 16 }) * 2 ** 20,
    maxAgeMs: env.int('ATTUNE_BUS_MAX_AGE_HOURS', { default: 720, min: 1 }) * 3_600_000,
    deadlineMs: env.int('ATTUNE_BUS_DEADLINE_MS', { default: 120_000, min: 1_000 }),
  };
  return servers === undefined ? null : { servers: checkServers(servers), ...settings };
}

/** A server that knows its users lets each read its own answers alone. A name that is no part of a subject gets the inbox of everybody. */
function ownInbox(user: string | undefined): string | undefined {
  return user !== undefined && /^[A-Za-z0-9_-]+$/.test(user) ? `_INBOX.${user}` : undefined;
}

function checkInbox(prefix: string | undefined): string | undefined {
  if (prefix === undefined || /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(prefix)) return prefix;
  throw new AttuneError('invalid_argument', `ATTUNE_BUS_INBOX should be the first part of a subject, such as _INBOX.judge, found ${JSON.stringify(prefix)}.`);
}

/** Throws `invalid_argument` for what is no address and for an address with a password in it. */
function checkServers(servers: readonly string[]): readonly string[] {
  for (const server of servers) {
    const url = URL.canParse(server) ? new URL(server) : null;
    if (!url || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '') {
      throw new AttuneError('invalid_argument', 'The address of the bus should look like nats://host:4222 or tls://host:4222, found something else; correct --bus or ATTUNE_BUS.');
    }
    if (url.username !== '' || url.password !== '') {
      throw new AttuneError('invalid_argument', `The address of the bus should hold no user and no password; set ATTUNE_BUS_USER and ATTUNE_BUS_PASSWORD (or ATTUNE_BUS_TOKEN) and leave nats://${url.host}.`);
    }
  }
  return servers;
}

function secretFile(file: string | undefined): string | undefined {
  return file === undefined ? undefined : readText(file).trim();
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw describeFileError(`Cannot read ${file}`, cause);
  }
}
