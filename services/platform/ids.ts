import { createHash } from 'node:crypto';
import { AttuneError } from './errors.ts';

/**
 * A name-based UUID, version 5 (RFC 9562, section 5.5): equal inputs give equal ids, so a fact that is told twice is known by its id.
 * The namespace is itself a UUID; throws `invalid_argument` on any other text.
 */
export function uuidV5(namespace: string, name: string): string {
  if (!UUID.test(namespace)) {
    throw new AttuneError('invalid_argument', `The namespace of a UUID should be a UUID, found ${JSON.stringify(namespace)}.`);
  }
  const bytes = createHash('sha1').update(Buffer.from(namespace.replaceAll('-', ''), 'hex')).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/**
 * The id of a run, which is also its folder's name: UTC time to the millisecond, then the experiment's name in lower-case letters, digits
 * and hyphens (at most 40 characters). Folders sort by time: "20260314-092653-589-quick-start".
 */
export function newRunId(name: string, date: Date): string {
  const [day, time] = date.toISOString().split('T') as [string, string];
  const clock = time.slice(0, 12).replaceAll(':', '').replace('.', '-');
  const words = name.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '').match(/[a-z0-9]+/g) ?? ['run'];
  return `${day.replaceAll('-', '')}-${clock}-${words.join('-').slice(0, 40).replace(/-$/, '')}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
