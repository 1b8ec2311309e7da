import { z } from 'zod';
import { AttuneError } from '../../../platform/errors.ts';
import { createJsonClient } from '../../../platform/http-json.ts';
import type { AdapterLimits, ObservedMessage, ProductAdapter, ProductCall } from '../contract.ts';
import { read } from '../read.ts';
import { lookUntil, sendOnce, untilGone } from '../wait.ts';

const NAME = 'Zep';

/** Zep Cloud: a user, a thread a session, an episode a message; facts are edges of the user's graph and are there when the episodes are processed. */
export function createZep({ url, apiKey }: { url: string; apiKey: string }, limits: AdapterLimits): ProductAdapter {
  const http = createJsonClient({ name: NAME, baseUrl: url, headers: { authorization: `Api-Key ${apiKey}` }, secrets: [apiKey], ...limits });

  async function episodesOf(thread: string, { signal }: ProductCall): Promise<z.infer<typeof Episodes>['episodes']> {
    const { status, body } = await http.request({ method: 'GET', path: `/threads/${encodeURIComponent(thread)}/episodes`, repeatable: true, accept: [404] }, signal);
    return status === 404 ? [] : read(NAME, Episodes, body).episodes;
  }

  /** Creating something that is there already does no harm. */
  async function create(path: string, body: unknown, { signal }: ProductCall): Promise<void> {
    try {
      await http.request({ method: 'POST', path, body, repeatable: true, accept: [409] }, signal);
    } catch (thrown) {
      const { code, message } = AttuneError.from(thrown);
      if (code !== 'invalid_argument' || !/exist/i.test(message)) throw thrown;
    }
  }

  return {
    kind: 'zep',
    capabilities: { transport: 'http', asynchronous: true, durable: true, scores: true, endDates: true, deterministic: false },
    async observe({ user, session, key, messages }, call) {
      const thread = `${user}-s${session}`;
      const pieces = messages.flatMap(piecesOf);
      const refs = [thread, String(pieces.length)];
      if (pieces.length === 0) return { user, session, key, refs };
      let there = (await episodesOf(thread, call)).length;
      if (there === 0) {
        await create('/users', { user_id: user, disable_default_ontology: false }, call);
        await create('/threads', { thread_id: thread, user_id: user }, call);
      }
      while (there < pieces.length) {
        const batch = pieces.slice(there, there + MOST_MESSAGES);
        const after = there + batch.length;
        const body = { messages: batch.map(({ role, content, at }) => ({ role, content, created_at: at })), return_context: false };
        const send = async () => void (await http.request({ method: 'POST', path: `/threads/${encodeURIComponent(thread)}/messages`, body, repeatable: false }, call.signal));
        await sendOnce(send, async () => (await episodesOf(thread, call)).length >= after, limits, call);
        there = after;
      }
      return { user, session, key, refs };
    },
    async settle({ user, session, refs: [thread, count] }, call) {
      const wanted = Number(count);
      if (wanted === 0) return;
      let processed = 0;
      const done = await lookUntil(async () => {
        processed = (await episodesOf(thread!, call)).filter((episode) => episode.processed === true).length;
        return processed >= wanted;
      }, limits.settleMs, limits, call);
      if (done === null) throw new AttuneError('deadline_exceeded', `Zep should have processed session ${session} of ${user} within ${limits.settleMs} ms, found ${processed} of ${wanted} messages done.`);
    },
    async recall(user, query, k, { signal }) {
      const body = { user_id: user, query: query.slice(0, MOST_QUERY), scope: 'edges', limit: Math.min(k, MOST_EDGES), reranker: 'rrf' };
      const { status, body: answer } = await http.request({ method: 'POST', path: '/graph/search', body, repeatable: true, accept: [404] }, signal);
      if (status === 404) return [];
      const { edges } = read(NAME, Edges, answer);
      return (edges ?? []).slice(0, k).map((edge) => ({ id: edge.uuid, text: edge.fact, time: edge.valid_at ?? edge.created_at ?? null, endedAt: edge.invalid_at ?? edge.expired_at ?? null, score: edge.score ?? null }));
    },
    async forget(user, call) {
      await http.request({ method: 'DELETE', path: `/users/${encodeURIComponent(user)}`, repeatable: true, accept: [404] }, call.signal);
      const probes = await untilGone(user, async () => (await this.recall(user, 'Who is this user?', MOST_EDGES, call)).length === 0, limits, call);
      return { user, probes };
    },
    usage: () => ({ ...http.counts(), modelTokens: null }),
    close: async () => {},
  };
}

/** A message longer than the service takes becomes several. */
function piecesOf(message: ObservedMessage): ObservedMessage[] {
  const characters = [...message.content];
  return Array.from({ length: Math.ceil(characters.length / MOST_CHARACTERS) }, (_, i) => ({ ...message, content: characters.slice(i * MOST_CHARACTERS, (i + 1) * MOST_CHARACTERS).join('') })).filter(({ content }) => content.trim() !== '');
}

/** Kept below what Zep is said to take in one call and one message; not tried against the service. */
const MOST_MESSAGES = 30;
const MOST_CHARACTERS = 4_000;
const MOST_QUERY = 400;
/** The service's own limit. */
const MOST_EDGES = 50;

const Episodes = z.looseObject({ episodes: z.array(z.looseObject({ uuid: z.string(), processed: z.boolean().nullish() })).nullish().transform((found) => found ?? []) });
const Edges = z.looseObject({
  edges: z.array(z.looseObject({ uuid: z.string(), fact: z.string(), score: z.number().nullish(), created_at: z.string().nullish(), valid_at: z.string().nullish(), invalid_at: z.string().nullish(), expired_at: z.string().nullish() })).nullish(),
});
