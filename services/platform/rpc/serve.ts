import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { setLogger } from '@grpc/grpc-js';
import { createServer, type CallContext, type Server } from 'nice-grpc';
import { HealthDefinition, HealthServiceImpl, HealthState } from 'nice-grpc-server-health';
import { ServerReflection, ServerReflectionService } from 'nice-grpc-server-reflection';
import { AttuneError } from '../errors.ts';
import { createLogger, type Logger } from '../log.ts';
import { pipeDefinition, type ServiceBinding } from './binding.ts';
import { DEFAULT_MAX_MESSAGE_BYTES } from './codec.ts';
import { createGuard } from './guard.ts';
import { byteHandlers } from './handlers.ts';
import { createObserver, type CallMetrics } from './observe.ts';
import { DEFAULT_PEER_LIMITS, type PeerLimits } from './peer-limits.ts';
import { requireSafeServer, serverCredentials, type ServerSecurity } from './security.ts';

/**
 * Offers services over gRPC, with health checks, which are open to everybody, and reflection beside them. Throws `failed_precondition` when
 * the port is taken, and for an address that others reach without TLS and a way to tell who calls.
 *
 * Reflection lists the services that it can also describe, so health and reflection themselves are not in its list.
 */
export async function serve(bindings: readonly ServiceBinding[], options: ServeOptions = {}): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 0, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES, security = {}, allowInsecure = false, peerLimits = DEFAULT_PEER_LIMITS } = options;
  requireSafeServer(host, security, allowInsecure);
  const credentials = serverCredentials(security);
  const guard = createGuard(security.tokens, peerLimits);
  const observe = createObserver(options.metrics);
  const log = options.log ?? createLogger({ name: 'rpc', level: 'warn' });
  quietGrpc(log);
  const names = bindings.map(({ definition }) => definition.fullName);
  const health = HealthState();
  const stopping = new AbortController();
  const server = createServer({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
  });

  for (const binding of bindings) {
    server.with(observe).with(guard).add(pipeDefinition(binding.definition), byteHandlers(binding, { maxMessageBytes, log }) as never);
    health.setStatus('healthy', binding.definition.fullName);
  }
  const checks = HealthServiceImpl(health);
  const reflection = ServerReflection(readDescriptors(), names);
  server.add(HealthDefinition, {
    check: (request, context) => checks.check(request, context),
    watch: (request, context) => untilStopped(context, stopping.signal, (inner) => checks.watch(request, inner)),
  });
  server.with(guard).add(ServerReflectionService, {
    serverReflectionInfo: (requests, context) => untilStopped(context, stopping.signal, (inner) => reflection.serverReflectionInfo(requests, inner)),
  });

  const authority = host.includes(':') ? `[${host}]` : host;
  const bound = await server.listen(`${authority}:${port}`, credentials).catch((cause: unknown) => {
    throw listenError(host, port, cause);
  });

  let stopped: Promise<void> | undefined;
  return {
    address: `${authority}:${bound}`,
    port: bound,
    stop(graceMs = 10_000) {
      stopped ??= (async () => {
        for (const name of ['', ...names]) health.setStatus('unhealthy', name);
        // Watchers hear of it in this turn of the event loop, then their streams, which never end by themselves, are ended.
        await setImmediate();
        stopping.abort();
        await drain(server, graceMs);
      })();
      return stopped;
    },
  };
}

/** The gRPC library's own remarks go to the log as debug lines: on the console they would stand beside our sentence about the same thing. */
function quietGrpc(log: Logger): void {
  const remark = (...words: unknown[]): void => log.debug({ grpc: true }, words.join(' '));
  setLogger({ error: remark, info: remark, debug: remark });
}

/** Every contract in one descriptor set, made by `npm run generate`. */
const DESCRIPTORS = new URL('../../gen/descriptors.binpb', import.meta.url);

function readDescriptors(): Uint8Array {
  try {
    return readFileSync(DESCRIPTORS);
  } catch (cause) {
    throw new AttuneError('not_found', `Expected the contracts' descriptors at ${DESCRIPTORS.pathname}; make them with npx buf build -o services/gen/descriptors.binpb.`, { cause });
  }
}

/** Lets calls in flight finish; after the grace period cuts them off, and their handlers see an aborted signal. */
async function drain(server: Server, graceMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<'overdue'>((resolve) => {
    timer = setTimeout(resolve, graceMs, 'overdue');
  });
  const outcome = await Promise.race([server.shutdown(), overdue]);
  clearTimeout(timer);
  if (outcome === 'overdue') server.forceShutdown();
}

/** A helper service's stream that ends when the server stops, so that an idle watcher cannot hold it up. */
async function* untilStopped<T>(context: CallContext, stop: AbortSignal, run: (context: CallContext) => AsyncIterable<T>): AsyncGenerator<T, void> {
  const iterator = run({ ...context, signal: AbortSignal.any([context.signal, stop]) })[Symbol.asyncIterator]();
  let onStop: () => void = () => {};
  const stopped = new Promise<'stopped'>((resolve) => {
    onStop = () => resolve('stopped');
  });
  stop.addEventListener('abort', onStop);
  try {
    while (true) {
      const next = iterator.next();
      const result = await Promise.race([next, stopped]);
      if (result === 'stopped') {
        void next.catch(() => undefined);
        return;
      }
      if (result.done) return;
      yield result.value;
    }
  } finally {
    stop.removeEventListener('abort', onStop);
    void iterator.return?.().catch(() => undefined);
  }
}

function listenError(host: string, port: number, cause: unknown): AttuneError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (reason.includes('EADDRINUSE')) {
    return new AttuneError('failed_precondition', `Port ${port} on ${host} is already in use; choose another port or stop the program that listens there.`, { cause });
  }
  if (reason.includes('EACCES')) {
    return new AttuneError('permission_denied', `Port ${port} on ${host} may not be opened by this user; choose one above 1023.`, { cause });
  }
  return new AttuneError('failed_precondition', `No server can listen on ${host}:${port}: ${reason}.`, { cause });
}

export interface ServeOptions {
  /** Address to listen on; default 127.0.0.1, which only this machine reaches. */
  readonly host?: string;
  /** Default 0: the system chooses a free port. */
  readonly port?: number;
  /** Largest message in either direction, in bytes; default 16 MiB. */
  readonly maxMessageBytes?: number;
  /** Who may call and how the wire is protected; default: everybody, plain, which only a loopback address allows. */
  readonly security?: ServerSecurity;
  /** Listen without protection where others reach the server; default false. */
  readonly allowInsecure?: boolean;
  /** The most that one caller may ask; default 5,000 calls a second and 20,000 at once. */
  readonly peerLimits?: PeerLimits;
  /** Told of every call. */
  readonly metrics?: CallMetrics | undefined;
  /** Where handlers' `internal` errors go; default standard error. */
  readonly log?: Logger;
}

export interface RunningServer {
  /** "host:port", ready for `connect`. */
  readonly address: string;
  readonly port: number;
  /** Says NOT_SERVING, refuses new calls, lets running ones finish for at most graceMs (default 10,000), then cuts them off. Safe to repeat. */
  stop(graceMs?: number): Promise<void>;
}
