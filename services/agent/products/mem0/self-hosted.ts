import { createJsonClient } from '../../../platform/http-json.ts';
import type { AdapterLimits, ProductAdapter } from '../contract.ts';
import { read } from '../read.ts';
import { untilGone } from '../wait.ts';
import { observeOnce } from './observe-once.ts';
import { Found, itemsOf } from './shapes.ts';

const NAME = 'mem0';

/** mem0's own server (`server/` of its repository): additions return when they can be found. Set MEM0_TELEMETRY=false where the server runs. */
export function createMem0SelfHosted({ url, apiKey }: { url: string; apiKey: string | undefined }, limits: AdapterLimits): ProductAdapter {
  const http = createJsonClient({ name: NAME, baseUrl: url, ...(apiKey && { headers: { 'x-api-key': apiKey }, secrets: [apiKey] }), ...limits });

  async function list(query: Record<string, string>, signal: AbortSignal | undefined): Promise<number> {
    const { body } = await http.request({ method: 'GET', path: '/memories', query, repeatable: true }, signal);
    return read(NAME, Found, body).results.length;
  }

  async function add(body: object, signal: AbortSignal | undefined): Promise<string[]> {
    await http.request({ method: 'POST', path: '/memories', body, repeatable: false }, signal);
    return [];
  }

  return {
    kind: 'mem0',
    capabilities: { transport: 'http', asynchronous: false, durable: true, scores: true, endDates: false, deterministic: false },
    observe: (what, call) => observeOnce(what, { list, add }, limits, call),
    // An addition is answered when it can be found.
    settle: async () => {},
    async recall(user, query, k, { signal }) {
      const answer = await http.request({ method: 'POST', path: '/search', body: { query, filters: { user_id: user }, top_k: k }, repeatable: true }, signal);
      return itemsOf(read(NAME, Found, answer.body), k);
    },
    async forget(user, call) {
      await http.request({ method: 'DELETE', path: '/memories', query: { user_id: user }, repeatable: true, accept: [404] }, call.signal);
      const probes = await untilGone(user, async () => (await list({ user_id: user }, call.signal)) === 0 && (await this.recall(user, 'Who is this user?', 1, call)).length === 0, limits, call);
      return { user, probes };
    },
    usage: () => ({ ...http.counts(), modelTokens: null }),
    close: async () => {},
  };
}
