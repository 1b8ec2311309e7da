/** The settings by which services find every kind of model on one simulated server; `url` with its /v1. */
export function modelEnv(url: string): Record<string, string> {
  return {
    ATTUNE_MODEL_URL: url,
    ATTUNE_MODEL: 'sim-large',
    ATTUNE_EMBEDDING_URL: url,
    ATTUNE_EMBEDDING_MODEL: 'sim-embedding',
    ATTUNE_RERANK_URL: url,
    ATTUNE_RERANK_MODEL: 'sim-reranker',
  };
}
