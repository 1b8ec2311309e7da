import type { UserKey } from '../../gen/attune/conversation/v1/conversation.ts';
import { hashHex } from '../../platform/random.ts';
import type { ObservedSession } from '../method.ts';
import type { Observation, ObservedMessage } from './contract.ts';

/**
 * The id of a user in a product: `<run>-<method>-<user>-<nonce>`, and `-r<n>` when its memory was begun again for the nth time. Letters, digits, `-` and `_`, which is what
 * the strictest product takes; what had to be changed or cut keeps a hash of the whole, so that two users never share an id.
 */
export function productUser({ runId, method, userId }: UserKey, nonce: string, generation: number): string {
  const plain = `${runId}-${method}-${userId}`;
  const safe = plain.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, LONGEST);
  // Parts that hold a hyphen themselves could give two users one name.
  const name = safe === plain && [method, userId].every((part) => !part.includes('-')) ? safe : `${safe}-${hashHex(JSON.stringify([runId, method, userId])).slice(0, 12)}`;
  return `${name}-${nonce}${generation === 0 ? '' : `-r${generation}`}`;
}

/** A session of the log as a product is told it; the key follows from what was said. Databases behind products take no NUL. */
export function observationOf(user: string, { session, messages }: ObservedSession): Observation {
  const told = messages.filter(({ content }) => content.trim() !== '').map(({ role, content }, i): ObservedMessage => ({ role, content: content.replaceAll('\u0000', '\uFFFD'), at: saidAt(session, i) }));
  return { user, session, key: keyOf({ session, messages }), messages: told };
}

/** Names an observation by its content. */
export function keyOf({ session, messages }: ObservedSession): string {
  return hashHex(JSON.stringify([session, messages.map(({ role, content }) => [role, content])])).slice(0, 32);
}

/** A run has no clock of its own: session s is on day s after the first of January 2025, a message every minute. In the past, because products hide what is not yet so. */
function saidAt(session: number, index: number): string {
  return new Date(FIRST_DAY + session * DAY_MS + index * MINUTE_MS).toISOString();
}

const LONGEST = 80;
const FIRST_DAY = Date.UTC(2025, 0, 1, 9);
const DAY_MS = 24 * 60 * 60 * 1000;
const MINUTE_MS = 60_000;
