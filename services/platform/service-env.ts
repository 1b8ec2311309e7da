import { readEnv } from './config.ts';
import type { EnvReader } from './config.ts';
import { AttuneError } from './errors.ts';
import { LOG_LEVELS } from './log.ts';
import type { LogLevel } from './log.ts';
import type { ModelPlace } from './models/open-roles.ts';
import { DEFAULT_PEER_LIMITS } from './rpc.ts';
import type { ClientSecurity, PeerLimits, ServerSecurity } from './rpc.ts';
import { readFileOf, readTokens } from './secret.ts';
import type { Secret } from './secret.ts';

/**
 * Where a service of its own process listens and how much it says: ATTUNE_HOST, ATTUNE_PORT, ATTUNE_LOG_LEVEL, ATTUNE_METRICS_PORT, OTEL_EXPORTER_OTLP_ENDPOINT;
 * the folder in which it keeps its models' answers, none unless told: ATTUNE_MODEL_CACHE; how long
 * it may take to stop: ATTUNE_DRAIN_MS; who may call, see accessEnv; and how much one caller may ask: ATTUNE_PEER_CALLS_PER_SECOND, ATTUNE_PEER_CONCURRENT_CALLS. Files are read here, so
 * that a wrong name stops the start.
 */
export function listenEnv(env: EnvReader, defaultPort: number): ListenConfig {
  return {
    host: env.string('ATTUNE_HOST', { default: '127.0.0.1' }),
    port: env.int('ATTUNE_PORT', { default: defaultPort, min: 0, max: 65_535 }),
    logLevel: env.choice('ATTUNE_LOG_LEVEL', LOG_LEVELS, { default: 'info' }),
    metricsPort: env.int('ATTUNE_METRICS_PORT', { optional: true, min: 0, max: 65_535 }),
    drainMs: env.int('ATTUNE_DRAIN_MS', { default: 50_000, min: 0 }),
    traceTo: env.url('OTEL_EXPORTER_OTLP_ENDPOINT', { optional: true }),
    modelCache: env.string('ATTUNE_MODEL_CACHE', { optional: true }),
    ...accessEnv(env),
    peerLimits: {
      callsPerSecond: env.number('ATTUNE_PEER_CALLS_PER_SECOND', { default: DEFAULT_PEER_LIMITS.callsPerSecond, min: 1 }),
      concurrentCalls: env.int('ATTUNE_PEER_CONCURRENT_CALLS', { default: DEFAULT_PEER_LIMITS.concurrentCalls, min: 1 }),
    },
  };
}

/**
 * Who may call the servers of this process, and what it shows the other services of its deployment, which share a token: ATTUNE_TOKEN or
 * ATTUNE_TOKEN_FILE; ATTUNE_TLS_CERT and ATTUNE_TLS_KEY; ATTUNE_TLS_CLIENT_CA, the authority of callers' certificates; ATTUNE_TLS_CA, the
 * authority of servers that it calls; ATTUNE_ALLOW_INSECURE.
 */
export function accessEnv(env: EnvReader): Access {
  const [cert, key, clientCa, ca] = [fileEnv(env, 'ATTUNE_TLS_CERT'), fileEnv(env, 'ATTUNE_TLS_KEY'), fileEnv(env, 'ATTUNE_TLS_CLIENT_CA'), fileEnv(env, 'ATTUNE_TLS_CA')];
  if ((cert === undefined) !== (key === undefined) || (clientCa && !cert)) {
    throw new AttuneError('invalid_argument', 'The settings ATTUNE_TLS_CERT and ATTUNE_TLS_KEY belong together, and ATTUNE_TLS_CLIENT_CA needs both; set all that are meant.');
  }
  const tokens = tokensEnv(env);
  return {
    security: { tokens, tls: cert && key ? { cert, key, clientCa } : undefined },
    deployment: { token: tokens?.[0], tls: ca ? { ca, cert, key } : undefined },
    allowInsecure: env.bool('ATTUNE_ALLOW_INSECURE', { default: false }),
  };
}

/** Of a process that is no service of its own. */
export function readAccess(source: Readonly<Record<string, string | undefined>>): Access {
  return readEnv(source, accessEnv);
}

function tokensEnv(env: EnvReader): Secret[] | undefined {
  const [text, file] = [env.string('ATTUNE_TOKEN', { optional: true }), fileEnv(env, 'ATTUNE_TOKEN_FILE')];
  if (text !== undefined && file !== undefined) throw new AttuneError('invalid_argument', 'The settings ATTUNE_TOKEN and ATTUNE_TOKEN_FILE are both set; leave one out.');
  if (file !== undefined) return readTokens(file.toString('utf8'), 'the file of ATTUNE_TOKEN_FILE');
  return text === undefined ? undefined : readTokens(text, 'ATTUNE_TOKEN');
}

function fileEnv(env: EnvReader, name: string): Buffer | undefined {
  const file = env.string(name, { optional: true });
  return file === undefined ? undefined : readFileOf(name, file);
}

/** The chat model of a service: ATTUNE_MODEL_URL, ATTUNE_MODEL and, when the endpoint wants one, ATTUNE_API_KEY. */
export function chatModelEnv(env: EnvReader): ModelPlace {
  return place(env, 'ATTUNE_MODEL_URL', 'ATTUNE_MODEL');
}

/** The trained note writer: ATTUNE_NOTE_WRITER_URL and ATTUNE_NOTE_WRITER_MODEL; null when neither is set. */
export function noteWriterEnv(env: EnvReader): ModelPlace | null {
  const named = [env.string('ATTUNE_NOTE_WRITER_URL', { optional: true }), env.string('ATTUNE_NOTE_WRITER_MODEL', { optional: true })];
  return named.every((value) => value === undefined) ? null : place(env, 'ATTUNE_NOTE_WRITER_URL', 'ATTUNE_NOTE_WRITER_MODEL');
}

/** The embedding model: ATTUNE_EMBEDDING_URL and ATTUNE_EMBEDDING_MODEL. */
export function embeddingModelEnv(env: EnvReader): ModelPlace {
  return place(env, 'ATTUNE_EMBEDDING_URL', 'ATTUNE_EMBEDDING_MODEL');
}

/** The reranker: ATTUNE_RERANK_URL and ATTUNE_RERANK_MODEL. */
export function rerankModelEnv(env: EnvReader): ModelPlace {
  return place(env, 'ATTUNE_RERANK_URL', 'ATTUNE_RERANK_MODEL');
}

function place(env: EnvReader, url: string, model: string): ModelPlace {
  const apiKey = env.string('ATTUNE_API_KEY', { optional: true });
  return { url: env.url(url), model: env.string(model), ...(apiKey && { apiKey }) };
}

export interface Access {
  security: ServerSecurity;
  /** For calls to the deployment's other services. */
  deployment: ClientSecurity;
  /** Go without protection where others reach a server. */
  allowInsecure: boolean;
}

export interface ListenConfig extends Access {
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Where the answers of its models are kept; undefined: nowhere. */
  modelCache: string | undefined;
  logLevel: LogLevel;
  /** Of /metrics, /live and /ready; 0 lets the system choose, undefined opens none. */
  metricsPort: number | undefined;
  /** How long calls in work may take to finish when the process is told to stop; a container's own grace period must be longer. */
  drainMs: number;
  /** An OTLP/HTTP collector of traces; undefined sends none. */
  traceTo: string | undefined;
  peerLimits: PeerLimits;
}
