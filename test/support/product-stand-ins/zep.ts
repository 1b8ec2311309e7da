import { z } from 'zod';
import { createFactStore, type Defect } from './facts.ts';
import { ok, route, startStandIn, type ProductStandIn } from './server.ts';

const Message = z.strictObject({ role: z.enum(['user', 'assistant']), content: z.string().min(1).max(4096), created_at: z.iso.datetime() });

/** Zep Cloud: users and threads must be made first, and `pace` episodes a look are processed. */
export function startZep({ defect = null, pace = 1 }: { defect?: Defect | null; pace?: number } = {}): Promise<ProductStandIn> {
  const facts = createFactStore('end', defect);
  const users = new Set<string>();
  const threads = new Map<string, { user: string; episodes: (z.infer<typeof Message> & { uuid: string; processed: boolean })[] }>();
  const missing = (what: string) => ok({ message: `${what} not found` }, 404);
  return startStandIn({
    header: ['authorization', 'Api-Key test-key'],
    restart: () => facts.restart(),
    routes: [
      route({
        method: 'POST', path: /^\/api\/v2\/users$/, body: z.strictObject({ user_id: z.string().min(1), disable_default_ontology: z.boolean() }),
        answer({ body }) {
          if (users.has(body.user_id)) return ok({ message: 'user already exists' }, 400);
          users.add(body.user_id);
          return ok({ user_id: body.user_id }, 201);
        },
      }),
      route({
        method: 'POST', path: /^\/api\/v2\/threads$/, body: z.strictObject({ thread_id: z.string().min(1), user_id: z.string().min(1) }),
        answer({ body }) {
          if (!users.has(body.user_id)) return missing('user');
          if (threads.has(body.thread_id)) return ok({ message: 'thread already exists' }, 400);
          threads.set(body.thread_id, { user: body.user_id, episodes: [] });
          return ok(body, 201);
        },
      }),
      route({
        method: 'POST', path: /^\/api\/v2\/threads\/([^/]+)\/messages$/, body: z.strictObject({ messages: z.array(Message).min(1).max(30), return_context: z.boolean() }),
        answer({ part, body }) {
          const thread = threads.get(part);
          if (!thread) return missing('thread');
          for (const message of body.messages) thread.episodes.push({ ...message, uuid: `${part}-${thread.episodes.length}`, processed: false });
          return ok({ message_uuids: thread.episodes.slice(-body.messages.length).map(({ uuid }) => uuid) });
        },
      }),
      route({
        method: 'GET', path: /^\/api\/v2\/threads\/([^/]+)\/episodes$/,
        answer({ part }) {
          const thread = threads.get(part);
          if (!thread) return missing('thread');
          const shown = thread.episodes.map(({ uuid, content, created_at, processed }) => ({ uuid, content, created_at, processed }));
          for (const next of thread.episodes.filter(({ processed }) => !processed).slice(0, pace)) {
            next.processed = true;
            if (next.role === 'user') facts.learn(thread.user, part, next.content, next.created_at);
          }
          return ok({ episodes: shown });
        },
      }),
      route({
        method: 'POST', path: /^\/api\/v2\/graph\/search$/,
        body: z.strictObject({ user_id: z.string().min(1), query: z.string().min(1).max(400), scope: z.literal('edges'), limit: z.int().min(1).max(50), reranker: z.literal('rrf') }),
        answer({ body }) {
          if (!users.has(body.user_id) && defect !== 'remembers') return missing('user');
          return ok({ edges: facts.search([body.user_id], body.query, body.limit).map(({ id, text, at, endedAt, score }) => ({ uuid: id, name: 'SAID', fact: text, created_at: at, valid_at: at, invalid_at: endedAt, score, source_node_uuid: 'a', target_node_uuid: 'b' })) });
        },
      }),
      route({
        method: 'DELETE', path: /^\/api\/v2\/users\/([^/]+)$/,
        answer({ part }) {
          if (!users.delete(part)) return missing('user');
          for (const [id, thread] of threads) if (thread.user === part) threads.delete(id);
          facts.forget(part);
          return ok({ message: 'ok' });
        },
      }),
    ],
  });
}
