import { z } from 'zod';
import { AttuneError } from '../../../platform/errors.ts';
import { createJsonClient } from '../../../platform/http-json.ts';
import type { AdapterLimits, Observation, ProductAdapter, ProductCall } from '../contract.ts';
import { read } from '../read.ts';
import { lookUntil, sendOnce, untilGone } from '../wait.ts';

const NAME = 'Graphiti';

/**
 * Graphiti's own server. It answers 202 and keeps its queue in memory, and the first message that fails ends the worker for good: so every message has a name of ours,
 * and what is stored is counted against what was sent. A uuid is never sent: the library takes one for that of a stored episode, does not find it, and the worker ends.
 * Set GRAPHITI_TELEMETRY_ENABLED=false where the server runs.
 */
export function createGraphiti({ url }: { url: string }, limits: AdapterLimits): ProductAdapter {
  const http = createJsonClient({ name: NAME, baseUrl: url, ...limits });

  /** Names of the newest messages; a session's are the newest while it is told. */
  async function namesOf(user: string, newest: number, { signal }: ProductCall): Promise<Set<string>> {
    const { body } = await http.request({ method: 'GET', path: `/episodes/${encodeURIComponent(user)}`, query: { last_n: String(newest) }, repeatable: true }, signal);
    return new Set(read(NAME, Episodes, body).map((episode) => episode.name));
  }

  async function missingOf(what: { user: string; refs: readonly string[] }, call: ProductCall): Promise<string[]> {
    const stored = await namesOf(what.user, 2 * what.refs.length, call);
    return what.refs.filter((name) => !stored.has(name));
  }

  return {
    kind: 'graphiti',
    capabilities: { transport: 'http', asynchronous: true, durable: true, scores: false, endDates: true, deterministic: false },
    async observe(what, call) {
      const ticket = { user: what.user, session: what.session, key: what.key, refs: what.messages.map((_, i) => nameOf(what, i)) };
      if (ticket.refs.length === 0) return ticket;
      const missing = new Set(await missingOf(ticket, call));
      const messages = what.messages
        .map(({ role, content, at }, i) => ({ name: nameOf(what, i), role_type: role, role: role === 'user' ? 'user' : 'assistant', content, timestamp: at, source_description: `session ${what.session}` }))
        .filter(({ name }) => missing.has(name));
      if (messages.length === 0) return ticket;
      const send = async () => void (await http.request({ method: 'POST', path: '/messages', body: { group_id: what.user, messages }, repeatable: false }, call.signal));
      await sendOnce(send, async () => (await missingOf(ticket, call)).length < missing.size, limits, call);
      return ticket;
    },
    async settle(ticket, call) {
      let missing = ticket.refs.length;
      let progressAt = performance.now();
      const done = await lookUntil(async () => {
        const askedAt = performance.now();
        const left = (await missingOf(ticket, call)).length;
        // Waiting for an answer is not the queue standing still.
        progressAt += performance.now() - askedAt;
        if (left < missing) progressAt = performance.now();
        missing = left;
        if (missing > 0 && performance.now() - progressAt > limits.stallMs) {
          throw new AttuneError('data_loss', `Graphiti took ${ticket.refs.length} messages of ${ticket.user} and stores ${ticket.refs.length - missing} of them, no more for ${limits.stallMs} ms: its worker has stopped; look at its log and restart it, then the rest is sent again.`);
        }
        return missing === 0;
      }, limits.settleMs, limits, call);
      if (done === null) throw new AttuneError('deadline_exceeded', `Graphiti should have stored session ${ticket.session} of ${ticket.user} within ${limits.settleMs} ms, found ${missing} of ${ticket.refs.length} messages missing.`);
    },
    async recall(user, query, k, { signal }) {
      const { body } = await http.request({ method: 'POST', path: '/search', body: { group_ids: [user], query, max_facts: k }, repeatable: true }, signal);
      const { facts } = read(NAME, Facts, body);
      return facts.slice(0, k).map((fact) => ({ id: fact.uuid, text: fact.fact, time: fact.valid_at ?? fact.created_at ?? null, endedAt: fact.invalid_at ?? fact.expired_at ?? null, score: null }));
    },
    async forget(user, call) {
      await http.request({ method: 'DELETE', path: `/group/${encodeURIComponent(user)}`, repeatable: true, accept: [404] }, call.signal);
      const probes = await untilGone(user, async () => (await namesOf(user, 1, call)).size === 0 && (await this.recall(user, 'Who is this user?', 10, call)).length === 0, limits, call);
      return { user, probes };
    },
    usage: () => ({ ...http.counts(), modelTokens: null }),
    close: async () => {},
  };
}

function nameOf({ session, key }: Observation, index: number): string {
  return `s${session}-${key.slice(0, 16)}-${index}`;
}

const Episodes = z.array(z.looseObject({ uuid: z.string(), name: z.string() })).nullable().transform((found) => found ?? []);
const Facts = z.looseObject({
  facts: z.array(z.looseObject({ uuid: z.string(), fact: z.string(), created_at: z.string().nullish(), valid_at: z.string().nullish(), invalid_at: z.string().nullish(), expired_at: z.string().nullish() })),
});
