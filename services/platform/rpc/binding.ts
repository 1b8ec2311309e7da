import type { ServiceDefinition, TsProtoServiceDefinition } from 'nice-grpc';
import { AttuneError } from '../errors.ts';
import type { Implementation } from './types.ts';

/**
 * Joins a generated definition and the object that implements it. Throws `invalid_argument` when a method is missing, so that an
 * incomplete service fails when it starts and not on the first call.
 */
export function bindService<Definition extends TsProtoServiceDefinition>(
  definition: Definition,
  implementation: Implementation<Definition>,
): ServiceBinding {
  const handlers = implementation as Readonly<Record<string, unknown>>;
  const missing = Object.keys(definition.methods).filter((method) => typeof handlers[method] !== 'function');
  if (missing.length > 0) {
    throw new AttuneError('invalid_argument', `An implementation of ${definition.fullName} should have all its methods; missing: ${missing.join(', ')}.`);
  }
  return { definition, implementation };
}

/**
 * The definition as nice-grpc sees it here: messages are bytes on both sides. Encoding, size limits and their errors belong to codec.ts, so
 * that they are the same with and without a wire.
 */
export function pipeDefinition(definition: TsProtoServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(definition.methods).map(([key, method]) => [
      key,
      {
        path: methodPath(definition, method.name),
        requestStream: method.requestStream,
        responseStream: method.responseStream,
        requestSerialize: sameBytes,
        requestDeserialize: sameBytes,
        responseSerialize: sameBytes,
        responseDeserialize: sameBytes,
        options: method.options,
      },
    ]),
  );
}

/** The gRPC path of a method, e.g. "/attune.judge.v1.Judge/JudgeTask". */
export function methodPath(definition: TsProtoServiceDefinition, method: string): string {
  return `/${definition.fullName}/${method}`;
}

function sameBytes(bytes: Uint8Array): Uint8Array {
  return bytes;
}

/** A service that `serve` can offer. */
export interface ServiceBinding {
  readonly definition: TsProtoServiceDefinition;
  /** Checked against the definition by bindService; looked up by method name from here on. */
  readonly implementation: object;
}
