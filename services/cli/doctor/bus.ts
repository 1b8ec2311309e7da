import { AttuneError } from '../../platform/errors.ts';
import { readEnv } from '../../platform/config.ts';
import { inspectNats, natsEnv } from '../../platform/nats.ts';
import type { Check, Outcome } from './finding.ts';
import { skewOutcome } from './clock.ts';

/** A NATS server: reachable, new enough, with JetStream, with streams of this version or none, with room for them, and with our time. Leaves nothing on it. */
export function busCheck(address: string | undefined, env: Readonly<Record<string, string | undefined>>): Check {
  return {
    group: 'asked',
    what: 'bus',
    async look() {
      const settings = readEnv({ ...env, ...(address !== undefined && { ATTUNE_BUS: address }) }, natsEnv);
      if (!settings) throw new AttuneError('invalid_argument', 'no address is named; give --bus nats://host:4222.');
      const { where, version, streams, room, skewMs } = await inspectNats(settings);
      const outcomes: Outcome[] = [];
      if (isOlder(version, OLDEST)) outcomes.push({ status: 'broken', detail: `nats-server ${version} at ${where} is too old; install ${OLDEST.join('.')} or newer.` });
      else outcomes.push(`nats-server ${version} at ${where} with JetStream`);
      for (const { name, problem } of streams) if (problem !== null) outcomes.push({ what: `bus stream ${name}`, status: 'broken', detail: problem });
      outcomes.push(room === null ? { what: 'bus room', status: 'ok', detail: `${streams.length === 0 ? 'no streams yet, and room for them' : `${streams.length} streams, ${mib(streams.reduce((sum, { bytes }) => sum + bytes, 0))} in use`}` } : { what: 'bus room', status: 'broken', detail: room });
      if (skewMs !== null) outcomes.push({ what: 'bus clock', ...skewOutcome(skewMs, `the NATS server at ${where}`) });
      return outcomes;
    },
  };
}

/** The first with work queues that take one message a subject. */
const OLDEST = [2, 9, 0];

function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [index, least] of than.entries()) {
    if ((parts[index] ?? 0) !== least) return (parts[index] ?? 0) < least;
  }
  return false;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
