import { createChannel, createClient } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { AttuneError } from '../errors.ts';
import { openCall } from './call.ts';
import { channelCredentials, type ClientSecurity } from './security.ts';

/**
 * Asks a server with the standard health check, for all of it or for one service's full name. Throws `unavailable` when nobody answers,
 * `not_found` for a service it does not offer and `deadline_exceeded` after deadlineMs (default 5,000).
 */
export async function checkHealth(target: string, options: { service?: string; deadlineMs?: number; security?: ClientSecurity } = {}): Promise<HealthStatus> {
  const channel = createChannel(target, channelCredentials(options.security ?? {}), { 'grpc.use_local_subchannel_pool': 1 });
  const call = openCall(`/${HealthDefinition.fullName}/Check`, {}, options.deadlineMs ?? 5_000);
  try {
    const client = createClient(HealthDefinition, channel);
    const { status } = await call.race(() => client.check({ service: options.service ?? '' }, { signal: call.signal }));
    if (Number(status) === SERVING) return 'serving';
    if (Number(status) === NOT_SERVING) return 'not_serving';
    throw new AttuneError('failed_precondition', `The server at ${target} gave the health status ${status}; expected SERVING or NOT_SERVING.`);
  } finally {
    call.end();
    channel.close();
  }
}

/** Values of grpc.health.v1.HealthCheckResponse.ServingStatus. */
const SERVING = 1;
const NOT_SERVING = 2;

export type HealthStatus = 'serving' | 'not_serving';
