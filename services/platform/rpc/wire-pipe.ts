import { createChannel, createClient, Metadata, type CallOptions, type TsProtoServiceDefinition } from 'nice-grpc';
import { AttuneError } from '../errors.ts';
import { pipeDefinition } from './binding.ts';
import type { Pipe, PipeOptions } from './pipe.ts';

/**
 * Carries bytes over gRPC to "host:port" or "dns:///name:port" (several addresses behind one name take turns). The connection is made on
 * the first call and made again after a break.
 */
export function wirePipe(definition: TsProtoServiceDefinition, target: string, maxMessageBytes: number): Pipe {
  if (!/^([a-z][a-z0-9+.-]*:\/{0,3})?\S+:\d{1,5}$/i.test(target) && !target.startsWith('unix:')) {
    throw new AttuneError('invalid_argument', `The address of ${definition.fullName} should look like host:port or dns:///host:port, found ${JSON.stringify(target)}.`);
  }
  const channel = createChannel(target, undefined, {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    // Shared connections would outlive close().
    'grpc.use_local_subchannel_pool': 1,
  });
  const client = createClient(pipeDefinition(definition), channel) as unknown as Record<string, WireMethod>;
  return {
    unary: (method, request, options) => client[method]!(request, wireOptions(options)) as Promise<Uint8Array>,
    stream: (method, request, options) => client[method]!(request, wireOptions(options)) as AsyncIterable<Uint8Array>,
    close: () => channel.close(),
  };
}

/**
 * nice-grpc hands no deadline to the gRPC library, so the header that a deadline travels in is set here: the server ends the call by itself
 * even when the cancellation of a vanished client never arrives.
 */
function wireOptions({ remainingMs, ...options }: PipeOptions): CallOptions {
  return { ...options, metadata: Metadata(options.metadata).set('grpc-timeout', `${remainingMs}m`) };
}

type WireMethod = (request: Uint8Array, options: CallOptions) => unknown;
