import { readEnv } from '../platform/config.ts';
import { chatModelEnv, embeddingModelEnv, listenEnv, rerankModelEnv } from '../platform/service-env.ts';

/** How preferences are extracted and retrieved (spec: algorithm.md 4 and 5.6). */
export interface PreferenceStoreConfig {
  /** The most tokens of an extraction. */
  maxTokens: number;
  /** The most tokens of a message that are read; a longer one loses its middle. */
  longestMessageTokens: number;
  /** The most preferences kept of one message. */
  mostPerMessage: number;
  /** Dense candidates before reranking (K). */
  topK: number;
  /** Conditional cards chosen for a prompt (J). */
  topJ: number;
  /** The most cards given because they always apply. */
  mostGlobals: number;
  /** Cards less likely than this to help are never chosen, 0 to 1; 0 switches the floor off. */
  relevanceFloor: number;
  /** Softmax temperature of the policy. */
  tau: number;
}

export const PREFERENCE_STORE_DEFAULTS: PreferenceStoreConfig = {
  maxTokens: 512,
  longestMessageTokens: 4096,
  mostPerMessage: 5,
  topK: 64,
  topJ: 3,
  mostGlobals: 10,
  relevanceFloor: 0,
  tau: 1,
};

/** Settings of a preference store that runs alone: its models, and ATTUNE_STATE_DIR, the folder that it owns. */
export function readPreferenceStoreConfig(source: Readonly<Record<string, string | undefined>>) {
  return readEnv(source, (env) => ({
    ...PREFERENCE_STORE_DEFAULTS,
    listen: listenEnv(env, 50_053),
    extractor: chatModelEnv(env),
    embedding: embeddingModelEnv(env),
    reranker: rerankModelEnv(env),
    stateDir: env.string('ATTUNE_STATE_DIR', { default: 'state/preference-store' }),
  }));
}
