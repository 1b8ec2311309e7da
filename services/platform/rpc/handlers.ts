import type { CallContext } from 'nice-grpc';
import { AttuneError, toServerError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { methodPath, type ServiceBinding } from './binding.ts';
import { decodeMessage, encodeMessage, type MessageType } from './codec.ts';

/**
 * The implementation's methods as functions from request bytes to response bytes. The server and direct calls run the same ones, so both
 * fail alike: every error leaves as a status with code and text, and an `internal` one is logged here with its stack, because the caller
 * never sees it. Methods that take a stream are not offered; no contract has one.
 */
export function byteHandlers(binding: ServiceBinding, options: HandlerOptions): Record<string, ByteHandler> {
  const { definition } = binding;
  const implementation = binding.implementation as Readonly<Record<string, AnyMethod>>;
  const handlers: Record<string, ByteHandler> = {};

  for (const [key, method] of Object.entries(definition.methods)) {
    const path = methodPath(definition, method.name);
    if (method.requestStream) throw new AttuneError('unimplemented', `${path} takes a stream of requests; only single requests are supported.`);
    const decode = (bytes: Uint8Array) => decodeMessage(path, method.requestType, bytes);
    const encode = (message: unknown) => encodeResponse(path, method.responseType, message, options.maxMessageBytes);
    const invoke = (request: unknown, context: CallContext) => implementation[key]!.call(implementation, request, context);

    handlers[key] = method.responseStream
      ? async function* (bytes, context) {
          try {
            for await (const message of invoke(decode(bytes), context) as AsyncIterable<unknown>) {
              yield encode(message);
            }
          } catch (thrown) {
            throw reported(path, thrown, context, options.log);
          }
        }
      : async function (bytes, context) {
          try {
            return encode(await invoke(decode(bytes), context));
          } catch (thrown) {
            throw reported(path, thrown, context, options.log);
          }
        };
  }
  return handlers;
}

function encodeResponse(path: string, type: MessageType, message: unknown, maxBytes: number): Buffer {
  if (message === null || typeof message !== 'object') {
    throw new AttuneError('internal', `The handler of ${path} should return a message, found ${message === null ? 'null' : typeof message}.`);
  }
  try {
    return encodeMessage(path, type, message, maxBytes);
  } catch (thrown) {
    const error = AttuneError.from(thrown);
    // A response that does not fit its definition is the handler's mistake, not the caller's.
    throw error.code === 'invalid_argument' ? new AttuneError('internal', error.message, { cause: error.cause }) : error;
  }
}

function reported(path: string, thrown: unknown, context: CallContext, log: Logger): Error {
  const error = AttuneError.from(thrown);
  if (error.code === 'internal' && !context.signal.aborted) log.error({ rpc: path, err: error.cause instanceof Error ? error.cause : error }, error.message);
  else log.debug({ rpc: path, code: error.code }, error.message);
  return toServerError(error);
}

export type UnaryHandler = (request: Uint8Array, context: CallContext) => Promise<Buffer>;
export type StreamHandler = (request: Uint8Array, context: CallContext) => AsyncGenerator<Buffer, void>;
export type ByteHandler = UnaryHandler | StreamHandler;

export interface HandlerOptions {
  readonly maxMessageBytes: number;
  readonly log: Logger;
}

type AnyMethod = (request: unknown, context: CallContext) => unknown;
