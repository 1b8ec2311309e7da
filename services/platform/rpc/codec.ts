import type { TsProtoServiceDefinition } from 'nice-grpc';
import { AttuneError } from '../errors.ts';

/** Default size limit of one message in bytes; a session's whole transcript stays well below. */
export const DEFAULT_MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/**
 * A message as protobuf bytes, missing fields filled with defaults. Direct calls take this way too: no object is shared between caller and
 * handler, and a record is the same, to the last rounded float and replaced surrogate, whether or not there was a wire.
 *
 * Throws `resource_exhausted` above the limit and `invalid_argument` for a value that its field cannot hold.
 */
export function encodeMessage(path: string, type: MessageType, message: unknown, maxBytes: number): Buffer {
  let bytes: Uint8Array;
  try {
    bytes = type.encode(type.fromPartial ? type.fromPartial(message) : message).finish();
  } catch (cause) {
    throw new AttuneError('invalid_argument', `A message of ${path} does not fit its definition: ${(cause as Error).message}.`, { cause });
  }
  if (bytes.length > maxBytes) throw tooLarge(path, bytes.length, maxBytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The message in the bytes; throws `data_loss` when they are none. */
export function decodeMessage(path: string, type: MessageType, bytes: Uint8Array): unknown {
  try {
    return type.decode(bytes);
  } catch (cause) {
    throw new AttuneError('data_loss', `The bytes received for ${path} are no such message: ${(cause as Error).message}.`, { cause });
  }
}

export function tooLarge(path: string, bytes: number, maxBytes: number): AttuneError {
  return new AttuneError('resource_exhausted', `A message of ${path} has ${bytes} bytes; at most ${maxBytes} are allowed.`);
}

export type MessageType = TsProtoServiceDefinition['methods'][string]['requestType'];
