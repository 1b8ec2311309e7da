import type { AskedRequest, ScriptedAnswer } from '../../services/platform/models/scripted-server.ts';

/** Answers embeddings and reranking by hand: `vectorOf` for every text, `scoreOf` for every document; null leaves a kind of call to others. */
export function handMade(vectorOf: ((text: string) => readonly unknown[]) | null, scoreOf: ((document: string) => number) | null) {
  return ({ path, body }: AskedRequest): ScriptedAnswer | undefined => {
    if (path.endsWith('/embeddings') && vectorOf) return { json: { data: body.input!.map((text, index) => ({ index, embedding: vectorOf(text) })) } };
    if (path.endsWith('/rerank') && scoreOf) return { json: { results: body.documents!.map((document, index) => ({ index, relevance_score: scoreOf(document) })) } };
    return undefined;
  };
}
