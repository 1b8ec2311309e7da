import { z } from 'zod';
import type { ExportStateResponse, ImportStateResponse } from '../gen/attune/agent/v1/agent.ts';
import type { SessionKey, UserKey } from '../gen/attune/conversation/v1/conversation.ts';
import { UserMemory } from '../gen/attune/preference/v1/preference.ts';
import { AttuneError } from '../platform/errors.ts';
import type { AgentConfig } from './config.ts';
import { memoryHash, storeOf, withinLimit } from './host.ts';
import type { HostDeps } from './host.ts';
import type { LoadedMethod } from './load-method.ts';

/**
 * A user's memory at the start of a session as JSON in UTF-8, which importMemory takes on any agent with the same method: the method's
 * state as it is, and for methods that keep cards an object with the state and the cards. Empty for a user never met.
 */
export async function exportMemory(hosted: LoadedMethod, key: SessionKey, host: HostDeps, signal: AbortSignal): Promise<ExportStateResponse> {
  const json = host.states.at(key);
  if (!hosted.method.usesPreferences) return { state: Buffer.from(json ?? ''), memoryHash: memoryHash(hosted, json, '') };
  const { memory, stateHash } = await storeOf(hosted, host).exportUser({ user: key.user, beforeSession: key.session }, { signal });
  if (json === null && stateHash === '') return { state: Buffer.alloc(0), memoryHash: '' };
  const whole = { ...(json !== null && { state: JSON.parse(json) as unknown }), cards: UserMemory.toJSON(memory ?? UserMemory.create()) };
  return { state: Buffer.from(JSON.stringify(whole)), memoryHash: memoryHash(hosted, json, stateHash) };
}

/**
 * Puts an exported memory in the place of a user's memory at the start of a session. What cannot be taken is refused and changes nothing:
 * bytes that are no export, a state above the limit, and cards that were voiced in that session or later.
 */
export async function importMemory(hosted: LoadedMethod, key: SessionKey, bytes: Uint8Array, config: AgentConfig, host: HostDeps, signal: AbortSignal): Promise<ImportStateResponse> {
  const exported = readExport(hosted, bytes);
  if (exported.state !== null) withinLimit(hosted, exported.state, config);
  const stateHash = hosted.method.usesPreferences ? await replaceCards(hosted, key, exported.cards, host, signal) : '';
  if (exported.state === null) host.states.forget(key.user as UserKey);
  else host.states.replace(key, exported.state);
  return { memoryHash: memoryHash(hosted, exported.state, stateHash) };
}

/** Forgets what the store holds of the user and gives it the cards; when it refuses them the old ones are put back. Returns the hash of the cards. */
async function replaceCards(hosted: LoadedMethod, { user, session }: SessionKey, memory: UserMemory | null, host: HostDeps, signal: AbortSignal): Promise<string> {
  const store = storeOf(hosted, host);
  const latest = Math.max(-1, ...[...(memory?.remembered ?? []), ...(memory?.feedback ?? [])].map((entry) => entry.session));
  if (latest >= session) {
    throw new AttuneError('invalid_argument', `The cards to import were voiced up to session ${latest}, so the memory can stand at the start of session ${latest + 1} or later, not of session ${session}.`);
  }
  const before = await store.exportUser({ user }, { signal });
  await store.forget({ user }, { signal });
  if (memory === null) return '';
  try {
    return (await store.importUser({ user, memory }, { signal })).stateHash;
  } catch (refused) {
    if (before.stateHash !== '') await store.importUser({ user, memory: before.memory });
    throw refused;
  }
}

/** Cards are told apart from other JSON here; whether they hold together is the store's to say. */
const WithCards = z.strictObject({ state: z.unknown().optional(), cards: z.record(z.string(), z.unknown()) });

function readExport({ name, method }: LoadedMethod, bytes: Uint8Array): Exported {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (text === '') return { state: null, cards: null };
    value = JSON.parse(text);
  } catch (cause) {
    throw new AttuneError('invalid_argument', 'The state to import is not JSON in UTF-8.', { cause });
  }
  if (!method.usesPreferences) return { state: text, cards: null };
  const found = WithCards.safeParse(value);
  if (!found.success) throw new AttuneError('invalid_argument', `The state to import into "${name}" should be an object with "cards" and, where there is one, "state", as ExportState gives it.`);
  return { state: 'state' in found.data ? JSON.stringify(found.data.state) : null, cards: UserMemory.fromJSON(found.data.cards) };
}

interface Exported {
  /** JSON text; null for a user without a state. */
  state: string | null;
  /** Null for methods that keep none, and for a user without any. */
  cards: UserMemory | null;
}
