import type { CallOptions, TsProtoServiceDefinition } from 'nice-grpc';
import { AttuneError } from '../errors.ts';
import { createLogger, type Logger } from '../log.ts';
import { inSpan, isTracing } from '../tracing.ts';
import { bindService, methodPath } from './binding.ts';
import { openCall, type DeadlineOptions } from './call.ts';
import { decodeMessage, DEFAULT_MAX_MESSAGE_BYTES, encodeMessage } from './codec.ts';
import { directPipe } from './direct-pipe.ts';
import { createPatience } from './patience.ts';
import type { PipeOptions } from './pipe.ts';
import type { ClientSecurity } from './security.ts';
import type { Client, Implementation } from './types.ts';
import { wirePipe } from './wire-pipe.ts';

/**
 * A client of a service, from an address (gRPC) or from an implementation (a direct call). The caller cannot tell which: messages are
 * encoded and decoded either way, every call has a deadline and a size limit, `signal` cancels, and every error is an AttuneError with the code
 * and the text that the handler threw. A connection to an address must be closed.
 */
export function connect<Definition extends TsProtoServiceDefinition>(
  definition: Definition,
  target: string | Implementation<Definition>,
  options: ConnectOptions = {},
): Connection<Definition> {
  const { deadlineMs = 120_000, patienceMs = 0, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options;
  const pipe =
    typeof target === 'string'
      ? wirePipe(definition, target, { maxMessageBytes, security: options.security ?? {}, allowInsecure: options.allowInsecure ?? false })
      : directPipe(bindService(definition, target), { maxMessageBytes, log: options.log ?? createLogger({ name: 'rpc', level: 'warn' }) });
  const reach = typeof target === 'string' && patienceMs > 0 ? createPatience(patienceMs, options.repeatable ?? false) : <T>(attempt: () => Promise<T>) => attempt();
  let closed = false;

  const client = Object.fromEntries(
    Object.entries(definition.methods).map(([key, method]) => {
      const path = methodPath(definition, method.name);
      const encode = (request: unknown): Buffer => {
        if (closed) throw new AttuneError('failed_precondition', `The connection to ${definition.fullName} is closed.`);
        return encodeMessage(path, method.requestType, request, maxMessageBytes);
      };
      const decode = (bytes: Uint8Array): unknown => decodeMessage(path, method.responseType, bytes);

      function unary(request: unknown, callOptions: CallOptions & DeadlineOptions = {}): Promise<unknown> {
        if (!isTracing()) return unaryOnce(request, callOptions);
        return inSpan(path.slice(1), { kind: 'client' }, () => unaryOnce(request, callOptions));
      }

      async function unaryOnce(request: unknown, callOptions: CallOptions & DeadlineOptions): Promise<unknown> {
        const bytes = encode(request);
        const call = openCall(path, callOptions, deadlineMs);
        try {
          return decode(await reach(() => call.race(() => pipe.unary(key, bytes, pipeOptions(callOptions, call))), call));
        } finally {
          call.end();
        }
      }

      async function* stream(request: unknown, callOptions: CallOptions & DeadlineOptions = {}): AsyncGenerator<unknown> {
        const bytes = encode(request);
        const call = openCall(path, callOptions, deadlineMs);
        let source: AsyncIterator<Uint8Array> | undefined;
        let finished = false;
        try {
          while (true) {
            const next = await call.race(() => {
              source ??= pipe.stream(key, bytes, pipeOptions(callOptions, call))[Symbol.asyncIterator]();
              return source.next();
            });
            if (next.done) {
              finished = true;
              return;
            }
            yield decode(next.value);
          }
        } finally {
          call.end();
          if (!finished) {
            call.leave();
            // Not awaited: a handler that ignores its signal must not hold the caller; what it throws now concerns nobody.
            void source?.return?.().catch(() => undefined);
          }
        }
      }

      return [key, method.responseStream ? stream : unary];
    }),
  );

  return {
    client: client as Client<Definition>,
    close() {
      if (!closed) pipe.close();
      closed = true;
      return Promise.resolve();
    },
  };
}

function pipeOptions({ metadata, onHeader, onTrailer }: CallOptions, call: { signal: AbortSignal; remainingMs: number }): PipeOptions {
  return { metadata, onHeader, onTrailer, signal: call.signal, remainingMs: call.remainingMs };
}

export interface ConnectOptions {
  /** Deadline of a call that names none, in milliseconds; default 120,000. */
  readonly deadlineMs?: number;
  /** How long a server that cannot be reached is waited for, in milliseconds; default 0: the call fails at once. Streams do not wait. */
  readonly patienceMs?: number;
  /** A call that broke off half-way may be made again, since it changes nothing on the server; default false: it fails with LostConnection. */
  readonly repeatable?: boolean;
  /** The token and the certificates that the server asks for; default: none, over a plain wire. Direct calls need none. */
  readonly security?: ClientSecurity;
  /** Send a token in the clear to another machine; default false. */
  readonly allowInsecure?: boolean;
  /** Largest message in either direction, in bytes; default 16 MiB. */
  readonly maxMessageBytes?: number;
  /** Where a directly called handler's `internal` errors go; default standard error. Over gRPC they go to the server's log. */
  readonly log?: Logger;
}

export interface Connection<Definition extends TsProtoServiceDefinition> {
  readonly client: Client<Definition>;
  /** Frees the connection; later calls fail with `failed_precondition`. */
  close(): Promise<void>;
}
