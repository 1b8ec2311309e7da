import type { SessionKey } from '../gen/attune/conversation/v1/conversation.ts';
import { RewardSource, VectorMode } from '../gen/attune/preference/v1/preference.ts';
import type { ExtractedPreference, FeedbackTrace, PreferenceStoreClient, StoredCard } from '../gen/attune/preference/v1/preference.ts';
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
      const userMessage = messages.at(-1)?.content ?? '';
      const { usage, stored } = await store.remember({ key, turn, preferences: found.preferences, userMessage, withItemVectors: call.withItemVectors }, options);
      for (const one of usage) call.meter.add(one);
      call.stored.push(...stored);
      return found.preferences;
    },
    async retrieve(userMessage, turn, { vector = 'off', all = false } = {}) {
      const cards = await store.retrieve({ key, turn, userMessage, all, vectorMode: VECTOR_MODES[vector] }, options);
      for (const usage of cards.usage) call.meter.add(usage);
      return cards;
    },
    async feedback({ turn, userMessage, agentMessage, nextUserMessage, retrieval, simulator }) {
      const found = await store.applyFeedback(
        { key, turn, trace: retrieval, userMessage, agentMessage, nextUserMessage, seed: seedFrom(call.seed, 'reward'), ...(simulator && { simulator, source: RewardSource.SIMULATOR }) },
        options,
      );
      const { usage, faults, ...learned } = found;
      for (const one of usage) call.meter.add(one);
      for (const fault of faults) call.fault(fault.kind, fault.detail);
      call.feedback = { turn, ...learned };
      return call.feedback;
    },
  };
}

/** What a method gets that did not say it keeps cards. */
export function noPreferenceMemory(method: string): PreferenceMemory {
  const refuse = async (): Promise<never> => {
    throw new AttuneError('failed_precondition', `Method "${method}" uses cards; it must declare usesPreferences: true.`);
  };
  return { learnFrom: refuse, retrieve: refuse, feedback: refuse };
}

const VECTOR_MODES = { off: VectorMode.OFF, learned: VectorMode.LEARNED, frozen: VectorMode.FROZEN, random: VectorMode.RANDOM };

interface PreferenceCall {
  seed: number;
  meter: UsageMeter;
  signal: AbortSignal;
  /** Where extracted preferences are noted for the session's record. */
  extracted: ExtractedPreference[];
  /** Where it is noted what they did to the cards. */
  stored: StoredCard[];
  /** Whether to note where new cards lie in the item space. */
  withItemVectors: boolean;
  /** What was learned from the user's words about the reply before; noted for the session's record. */
  feedback?: FeedbackTrace;
  fault(kind: string, detail: string): void;
}
