import { readEnv, type EnvReader } from '../platform/config.ts';
import { chatModelEnv, embeddingModelEnv, listenEnv, noteWriterEnv } from '../platform/service-env.ts';

/** How the agent answers; equal for all methods (spec: algorithm.md 1.5, 3.1). */
export interface AgentConfig {
  /** The model's context length in tokens. */
  contextLength: number;
  /** The most tokens of one reply. */
  maxTokens: number;
  /** Sampling temperature, 0 to 2. */
  temperature: number;
  /** Nucleus sampling, 0 to 1. */
  topP: number;
  /** Largest stored state of one user in bytes; a larger one is refused and the old one stays. */
  maxStateBytes: number;
}

export const AGENT_DEFAULTS: AgentConfig = {
  contextLength: 16_384,
  maxTokens: 1024,
  temperature: 0.7,
  topP: 0.9,
  maxStateBytes: 4 * 1024 * 1024,
};

/**
 * Settings of an agent that runs alone: ATTUNE_METHODS (names with commas between them),
 * ATTUNE_PREFERENCE_STORE (host:port, needed by methods that keep cards) and ATTUNE_STATE_DIR.
 * ATTUNE_NOTE_WRITER_URL and ATTUNE_NOTE_WRITER_MODEL name the trained model of reflection_grpo, ATTUNE_EMBEDDING_URL and
 * ATTUNE_EMBEDDING_MODEL the embedding model of langgraph_store; where memory products are, readProductSettings says.
 */
export function readAgentConfig(source: Readonly<Record<string, string | undefined>>) {
  return readEnv(source, (env) => ({
    ...AGENT_DEFAULTS,
    listen: listenEnv(env, 50_052),
    model: chatModelEnv(env),
    noteWriter: noteWriterEnv(env),
    methods: env.list('ATTUNE_METHODS', { default: ['vanilla'] }),
    preferenceStore: env.string('ATTUNE_PREFERENCE_STORE', { optional: true }),
    stateDir: env.string('ATTUNE_STATE_DIR', { default: 'state/agent' }),
    embedding: env.string('ATTUNE_EMBEDDING_URL', { optional: true }) === undefined ? null : embeddingModelEnv(env),
    products: productSettings(env),
  }));
}

/**
 * Where memory products are, for `attune run` and `attune serve agent` alike: ATTUNE_MEM0_MODE (self_hosted or hosted), ATTUNE_MEM0_URL, ATTUNE_MEM0_API_KEY,
 * ATTUNE_ZEP_URL, ATTUNE_ZEP_API_KEY, ATTUNE_GRAPHITI_URL, and ATTUNE_PRODUCT_ITEMS, how many memories a reply gets. What is not set is only missed by a method that
 * needs it. Keys stand in the environment alone: no file of a run names them.
 */
export function readProductSettings(source: Readonly<Record<string, string | undefined>>) {
  return readEnv(source, productSettings);
}

function productSettings(env: EnvReader) {
  return {
    items: env.int('ATTUNE_PRODUCT_ITEMS', { default: 10, min: 1, max: 50 }),
    mem0: {
      mode: env.choice('ATTUNE_MEM0_MODE', ['self_hosted', 'hosted'], { default: 'self_hosted' }),
      url: env.url('ATTUNE_MEM0_URL', { optional: true }),
      apiKey: env.string('ATTUNE_MEM0_API_KEY', { optional: true }),
    },
    zep: { url: env.url('ATTUNE_ZEP_URL', { default: 'https://api.getzep.com/api/v2' }), apiKey: env.string('ATTUNE_ZEP_API_KEY', { optional: true }) },
    graphiti: { url: env.url('ATTUNE_GRAPHITI_URL', { optional: true }) },
  };
}

export type ProductSettings = ReturnType<typeof readProductSettings>;
