import { z } from 'zod';
import { AttuneError } from '../../../platform/errors.ts';
import { createJsonClient } from '../../../platform/http-json.ts';
import type { AdapterLimits, ProductAdapter } from '../contract.ts';
import { read } from '../read.ts';
import { lookUntil, untilGone } from '../wait.ts';
import { observeOnce } from './observe-once.ts';
import { Added, Found, itemsOf } from './shapes.ts';

const NAME = 'mem0';

/** mem0's hosted service: additions and deletions are queued, an addition is an event that is polled, users go by filters. */
export function createMem0Hosted({ url, apiKey }: { url: string; apiKey: string }, limits: AdapterLimits): ProductAdapter {
  const http = createJsonClient({ name: NAME, baseUrl: url, headers: { authorization: `Token ${apiKey}` }, secrets: [apiKey], ...limits });

  async function list(filters: Record<string, string>, signal: AbortSignal | undefined): Promise<number> {
    const { body } = await http.request({ method: 'POST', path: '/v3/memories/', query: { page: '1', page_size: '1' }, body: { filters }, repeatable: true }, signal);
    return read(NAME, Found, body).results.length;
  }

  async function add(body: object, signal: AbortSignal | undefined): Promise<string[]> {
    const answer = await http.request({ method: 'POST', path: '/v3/memories/add/', body, repeatable: false }, signal);
    return [read(NAME, Added, answer.body).event_id];
  }

  return {
    kind: 'mem0-hosted',
    capabilities: { transport: 'http', asynchronous: true, durable: true, scores: true, endDates: false, deterministic: false },
    observe: (what, call) => observeOnce(what, { list, add }, limits, call),
    async settle({ refs, user, session }, call) {
      for (const event of refs) {
        const done = await lookUntil(async () => {
          const { body } = await http.request({ method: 'GET', path: `/v1/event/${encodeURIComponent(event)}/`, repeatable: true }, call.signal);
          const { status } = read(NAME, z.looseObject({ status: z.string() }), body);
          if (status === 'FAILED') throw new AttuneError('data_loss', `mem0 could not process session ${session} of ${user}; its event ${event} failed.`);
          return status === 'SUCCEEDED';
        }, limits.settleMs, limits, call);
        if (done === null) throw new AttuneError('deadline_exceeded', `mem0 should have processed session ${session} of ${user} within ${limits.settleMs} ms, found its event ${event} still under way.`);
      }
    },
    async recall(user, query, k, { signal }) {
      const body = { query, filters: { user_id: user }, top_k: k, threshold: 0, rerank: false };
      const answer = await http.request({ method: 'POST', path: '/v3/memories/search/', body, repeatable: true }, signal);
      return itemsOf(read(NAME, Found, answer.body), k);
    },
    async forget(user, call) {
      const gone = { repeatable: true, accept: [404] };
      await http.request({ method: 'DELETE', path: '/v1/memories/', query: { user_id: user }, ...gone }, call.signal);
      await http.request({ method: 'DELETE', path: `/v2/entities/user/${encodeURIComponent(user)}/`, ...gone }, call.signal);
      const probes = await untilGone(user, async () => (await list({ user_id: user }, call.signal)) === 0 && (await this.recall(user, 'Who is this user?', 1, call)).length === 0, limits, call);
      return { user, probes };
    },
    usage: () => ({ ...http.counts(), modelTokens: null }),
    close: async () => {},
  };
}
