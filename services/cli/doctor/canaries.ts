import { AttuneError } from '../../platform/errors.ts';
import type { ModelClient } from '../../platform/models/index.ts';
import type { Outcome } from './finding.ts';

/** A question, a passage that answers it and one that has nothing to do with it; every fit model tells them apart. */
export const canaryPassages = {
  question: 'What is the capital of France?',
  relevant: 'The capital of France is Paris, which lies on the river Seine.',
  irrelevant: 'Bake the bread for forty minutes until its crust is brown.',
};

const { question, relevant, irrelevant } = canaryPassages;

/** Whether vectors are finite, differ, and put the passage that answers a question closer to it than another. */
export async function checkEmbedding(client: ModelClient, signal: AbortSignal): Promise<Outcome> {
  const [asked, near, far] = await client.embed([question, relevant, irrelevant], { signal });
  const [good, bad] = [cosine(asked!, near!), cosine(asked!, far!)];
  if (Number.isNaN(good) || Number.isNaN(bad)) throw new AttuneError('failed_precondition', 'the endpoint gives vectors of zeros; serve an embedding model (vLLM: --runner pooling).');
  if (good === bad) throw new AttuneError('failed_precondition', 'different texts get the same vector; serve an embedding model (vLLM: --runner pooling), not a chat model.');
  if (good < bad) return { status: 'weak', detail: `the passage that answers a question lies further from it (cosine ${good.toFixed(2)}) than one about something else (${bad.toFixed(2)}); look whether this is an embedding model.` };
  return `vectors of ${asked!.length} dimensions; relevant ${good.toFixed(2)}, irrelevant ${bad.toFixed(2)}`;
}

/**
 * Whether the relevant passage is scored above the irrelevant one. A server that runs a reranker without its template scores everything alike, Qwen3-Reranker at exactly
 * 0.5, and nothing else tells: the retrieval of a whole run would be noise.
 */
export async function checkRerank(client: ModelClient, signal: AbortSignal): Promise<Outcome> {
  const [bad, good] = await client.rerank(question, [irrelevant, relevant], { signal });
  const scores = `relevant ${good!.toFixed(3)}, irrelevant ${bad!.toFixed(3)}`;
  if (good === bad) throw new AttuneError('failed_precondition', `every passage gets the same score (${scores}), so the model is served without its template; start it with the --chat-template and --hf-overrides of its kind.`);
  if (good! < bad!) throw new AttuneError('failed_precondition', `an irrelevant passage is scored above the relevant one (${scores}); serve the model with its --chat-template and --hf-overrides, or use another.`);
  const areShares = [good!, bad!].every((score) => score >= 0 && score <= 1);
  if (areShares && (good! <= SURE || bad! >= 1 - SURE)) return { status: 'weak', detail: `the scores are close (${scores}); a Qwen3 reranker with the right template gives more than ${SURE} and less than ${(1 - SURE).toFixed(1)}.` };
  return scores;
}

const SURE = 0.8;

/** Whether the endpoint gives numbers by /pooling, as reward models do. */
export async function checkPooling(baseUrl: string, model: string, apiKey: string | undefined, signal: AbortSignal): Promise<Outcome> {
  const root = baseUrl.replace(/\/v1$/, '');
  const response = await fetch(`${root}/pooling`, {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json', ...(apiKey && { authorization: `Bearer ${apiKey}` }) },
    body: JSON.stringify({ model, input: [relevant] }),
  }).catch((cause: unknown) => {
    throw new AttuneError('unavailable', `${root} cannot be reached; start the server or correct the URL.`, { cause });
  });
  const text = await response.text();
  if (response.status === 404 || response.status === 405) throw new AttuneError('not_found', `${root}/pooling answered ${response.status}; serve the model with --runner pooling, under this name.`);
  // The key goes first: a cut would leave a part of it that nobody knows again.
  const said = (apiKey ? text.replaceAll(apiKey, '[key]') : text).replaceAll(/\s+/g, ' ').slice(0, 160);
  if (response.status === 401 || response.status === 403) throw new AttuneError('unauthenticated', `${root}/pooling answered ${response.status} (${said}); set the API key of this endpoint.`);
  if (!response.ok) throw new AttuneError('unavailable', `${root}/pooling answered ${response.status} (${said}); serve the model with --runner pooling.`);
  const values = numbersIn(text);
  if (values === null || values.length === 0) throw new AttuneError('failed_precondition', `${root}/pooling should give numbers, found something else; serve a reward or classification model with --runner pooling.`);
  return `pooling gives ${values.length === 1 ? 'one number' : `${values.length} numbers`} a text`;
}

function numbersIn(text: string): number[] | null {
  try {
    const { data } = JSON.parse(text) as { data: { data: number[] | number[][] }[] };
    const values = data[0]!.data.flat();
    return values.every((value) => Number.isFinite(value)) ? values : null;
  } catch {
    return null;
  }
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, index) => sum + value * y[index]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
