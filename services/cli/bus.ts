import { readEnv } from '../platform/config.ts';
import { AttuneError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { connectNats, natsEnv } from '../platform/nats.ts';
import type { Nats } from '../platform/nats.ts';
import { environment } from './config.ts';

/** Connects to the bus that `--bus` or ATTUNE_BUS names; the other settings come from the environment. */
export function openBus(address: string | undefined, { log, name }: { log: Logger; name: string }): Promise<Nats> {
  const settings = readEnv({ ...environment(), ...(address !== undefined && { ATTUNE_BUS: address }) }, natsEnv);
  if (!settings) throw new AttuneError('invalid_argument', 'Which bus? Name a NATS server with --bus nats://host:4222 or in ATTUNE_BUS.');
  return connectNats(settings, { log, name: `attune ${name}` });
}

export const BUS_OPTION = ['--bus <address>', 'a NATS server with JetStream, nats://host:4222 (ATTUNE_BUS); credentials come from ATTUNE_BUS_USER and the like'] as const;
export const LEASE_OPTION = ['--lease-ms <n>', 'how long a silent process keeps its work before another gets it'] as const;

/** Long enough for a pause of a busy machine, short enough that a dead one is not waited for. */
export const DEFAULT_LEASE_MS = 30_000;
