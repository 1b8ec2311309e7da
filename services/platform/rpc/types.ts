import type { CallContext, CallOptions, TsProtoServiceDefinition } from 'nice-grpc';
import type { DeadlineOptions } from './call.ts';

/**
 * What implements a service: the generated `…ServiceImplementation` fits it. Requests arrive with all fields filled; responses may leave
 * fields out.
 */
export type Implementation<Definition extends TsProtoServiceDefinition> = {
  [Method in keyof Definition['methods']]: (
    request: RequestOf<Definition['methods'][Method]>,
    context: CallContext,
  ) => Definition['methods'][Method] extends { responseStream: true }
    ? { [Symbol.asyncIterator](): AsyncIterator<PartialMessage<ResponseOf<Definition['methods'][Method]>>, void> }
    : Promise<PartialMessage<ResponseOf<Definition['methods'][Method]>>>;
};

/** What calls a service: it fits the generated `…Client<DeadlineOptions>`. Every error is an AttuneError. */
export type Client<Definition extends TsProtoServiceDefinition> = {
  [Method in keyof Definition['methods']]: (
    request: PartialMessage<RequestOf<Definition['methods'][Method]>>,
    options?: CallOptions & DeadlineOptions,
  ) => Definition['methods'][Method] extends { responseStream: true }
    ? AsyncIterable<ResponseOf<Definition['methods'][Method]>>
    : Promise<ResponseOf<Definition['methods'][Method]>>;
};

/** A message in which any field may be missing; bytes may be any Uint8Array. */
export type PartialMessage<T> = T extends Uint8Array
  ? Uint8Array
  : T extends string | number | boolean | Date | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly PartialMessage<Item>[]
      : T extends { $case: string; value: unknown }
        ? { $case: T['$case']; value?: PartialMessage<T['value']> }
        : { [Field in keyof T]?: PartialMessage<T[Field]> };

type RequestOf<Method> = Method extends { requestType: { decode(input: Uint8Array): infer Message } } ? Message : never;
type ResponseOf<Method> = Method extends { responseType: { decode(input: Uint8Array): infer Message } } ? Message : never;
