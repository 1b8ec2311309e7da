import { createChannel, createClient, Metadata, type CallOptions, type TsProtoServiceDefinition } from 'nice-grpc';
import { AttuneError } from '../errors.ts';
import { currentTraceparent } from '../tracing.ts';
import { pipeDefinition } from './binding.ts';
import { AUTHORIZATION } from './guard.ts';
import { TRACEPARENT } from './observe.ts';
import type { Pipe, PipeOptions } from './pipe.ts';
import { channelCredentials, requireSafeClient, type ClientSecurity } from './security.ts';

/**
 * Carries bytes over gRPC to "host:port" or "dns:///name:port" (several addresses behind one name take turns). The connection is made on
 * the first call and made again after a break.
 */
export function wirePipe(definition: TsProtoServiceDefinition, target: string, { maxMessageBytes, security, allowInsecure }: WireOptions): Pipe {
  if (!/^([a-z][a-z0-9+.-]*:\/{0,3})?\S+:\d{1,5}$/i.test(target) && !target.startsWith('unix:')) {
    throw new AttuneError('invalid_argument', `The address of ${definition.fullName} should look like host:port or dns:///host:port, found ${JSON.stringify(target)}.`);
  }
  requireSafeClient(target, security, allowInsecure);
  const channel = createChannel(target, channelCredentials(security), {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    // A server that was restarted is found again soon; the library's own pauses grow to two minutes.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    // Shared connections would outlive close().
    'grpc.use_local_subchannel_pool': 1,
  });
  const client = createClient(pipeDefinition(definition), channel) as unknown as Record<string, WireMethod>;
  const authorization = security.token && `Bearer ${security.token.reveal()}`;
  return {
    unary: (method, request, options) => client[method]!(request, wireOptions(options, authorization)) as Promise<Uint8Array>,
    stream: (method, request, options) => client[method]!(request, wireOptions(options, authorization)) as AsyncIterable<Uint8Array>,
    close: () => channel.close(),
  };
}

/**
 * nice-grpc hands no deadline to the gRPC library, so the header that a deadline travels in is set here: the server ends the call by itself
 * even when the cancellation of a vanished client never arrives.
 */
function wireOptions({ remainingMs, ...options }: PipeOptions, authorization: string | undefined): CallOptions {
  const metadata = Metadata(options.metadata).set('grpc-timeout', `${remainingMs}m`);
  const traceparent = currentTraceparent();
  if (traceparent !== undefined) metadata.set(TRACEPARENT, traceparent);
  if (authorization !== undefined) metadata.set(AUTHORIZATION, authorization);
  return { ...options, metadata };
}

interface WireOptions {
  maxMessageBytes: number;
  security: ClientSecurity;
  allowInsecure: boolean;
}

type WireMethod = (request: Uint8Array, options: CallOptions) => unknown;
