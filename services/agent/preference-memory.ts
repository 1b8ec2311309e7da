import type { SessionKey } from '../gen/attune/conversation/v1/conversation.ts';
import type { ExtractedPreference, PreferenceStoreClient } from '../gen/attune/preference/v1/preference.ts';
import { AttuneError } from '../platform/errors.ts';
import type { UsageMeter } from '../platform/models/index.ts';
import { seedFrom } from '../platform/random.ts';
import type { PreferenceMemory } from './method.ts';

/** One user's cards in one session, through the preference store; its model calls count on the turn's meter. */
export function createPreferenceMemory(
  store: PreferenceStoreClient<{ signal?: AbortSignal }>,
  key: SessionKey,
  call: PreferenceCall,
): PreferenceMemory {
  const options = { signal: call.signal };
  return {
    async learnFrom(messages, turn) {
      const found = await store.extract({ messages: [...messages], seed: seedFrom(call.seed, 'extract') }, options);
      for (const usage of found.usage) call.meter.add(usage);
      for (const fault of found.faults) call.fault(fault.kind, fault.detail);
      call.extracted.push(...found.preferences);
      if (found.preferences.length === 0) return [];
      const stored = await store.remember({ key, turn, preferences: found.preferences }, options);
      for (const usage of stored.usage) call.meter.add(usage);
      return found.preferences;
    },
    async retrieve(userMessage, turn) {
      const cards = await store.retrieve({ key, turn, userMessage }, options);
      for (const usage of cards.usage) call.meter.add(usage);
      return cards;
    },
  };
}

/** What a method gets that did not say it keeps cards. */
export function noPreferenceMemory(method: string): PreferenceMemory {
  const refuse = async (): Promise<never> => {
    throw new AttuneError('failed_precondition', `Method "${method}" uses cards; it must declare usesPreferences: true.`);
  };
  return { learnFrom: refuse, retrieve: refuse };
}

interface PreferenceCall {
  seed: number;
  meter: UsageMeter;
  signal: AbortSignal;
  /** Where extracted preferences are noted for the session's record. */
  extracted: ExtractedPreference[];
  fault(kind: string, detail: string): void;
}
