import { z } from 'zod';
import { createFactStore, type Defect, type Fact } from './facts.ts';
import { ok, route, startStandIn, type ProductStandIn } from './server.ts';

const Messages = z.array(z.strictObject({ role: z.enum(['user', 'assistant']), content: z.string().min(1).refine((text) => !text.includes('\u0000'), 'its database takes no NUL') })).min(1);
const Add = z.strictObject({ messages: Messages, user_id: z.string().min(1), run_id: z.string().min(1), metadata: z.record(z.string(), z.unknown()) });

/** mem0's own server: additions are there when they are answered. */
export function startMem0({ defect = null }: { defect?: Defect | null } = {}): Promise<ProductStandIn> {
  const facts = createFactStore('replace', defect);
  return startStandIn({
    header: ['x-api-key', 'test-key'],
    restart: () => facts.restart(),
    routes: [
      route({
        method: 'POST', path: /^\/memories$/, body: Add,
        answer({ body }) {
          learn(facts, body);
          return ok({ results: facts.of(body.user_id, body.run_id).map(({ id, text }) => ({ id, memory: text, event: 'ADD' })) });
        },
      }),
      route({ method: 'GET', path: /^\/memories$/, query: ['user_id', 'run_id'], answer: ({ query }) => ok({ results: facts.of(query['user_id']!, query['run_id']).map((fact) => shown(fact)) }) }),
      route({
        method: 'POST', path: /^\/search$/, body: z.strictObject({ query: z.string().min(1), filters: z.strictObject({ user_id: z.string().min(1) }), top_k: z.int().min(1) }),
        answer: ({ body }) => ok({ results: facts.search([body.filters.user_id], body.query, body.top_k).map(shown) }),
      }),
      route({
        method: 'DELETE', path: /^\/memories$/, query: ['user_id'],
        answer({ query }) {
          facts.forget(query['user_id']!);
          return ok({ message: 'All relevant memories deleted' });
        },
      }),
    ],
  });
}

/** mem0's hosted service: an addition is pending for the next two requests, and a deletion happens one look late. */
export function startMem0Hosted({ defect = null }: { defect?: Defect | null } = {}): Promise<ProductStandIn> {
  const facts = createFactStore('replace', defect);
  const events = new Map<string, { looks: number; work(): void }>();
  const leaving = new Map<string, number>();
  const tick = () => {
    for (const event of events.values()) {
      event.looks -= 1;
      if (event.looks === 0) event.work();
    }
  };
  const late = () => {
    tick();
    for (const [user, looks] of leaving) {
      if (looks > 0) leaving.set(user, looks - 1);
      else {
        leaving.delete(user);
        facts.forget(user);
      }
    }
  };
  return startStandIn({
    header: ['authorization', 'Token test-key'],
    restart: () => facts.restart(),
    routes: [
      route({
        method: 'POST', path: /^\/v3\/memories\/add\/$/, body: Add,
        answer({ body }) {
          tick();
          const event_id = `event-${events.size}`;
          events.set(event_id, { looks: 2, work: () => learn(facts, body) });
          return ok({ status: 'PENDING', event_id });
        },
      }),
      route({
        method: 'GET', path: /^\/v1\/event\/([^/]+)\/$/,
        answer({ part }) {
          const event = events.get(part);
          if (!event) return ok({ detail: 'no such event' }, 404);
          tick();
          return ok({ id: part, status: event.looks > 1 ? 'PENDING' : event.looks > 0 ? 'RUNNING' : 'SUCCEEDED' });
        },
      }),
      route({
        method: 'POST', path: /^\/v3\/memories\/$/, query: ['page', 'page_size'], body: z.strictObject({ filters: z.strictObject({ user_id: z.string().min(1), run_id: z.string().min(1).optional() }) }),
        answer({ body }) {
          late();
          return ok({ results: facts.of(body.filters.user_id, body.filters.run_id).slice(0, 1).map((fact) => shown(fact)) });
        },
      }),
      route({
        method: 'POST', path: /^\/v3\/memories\/search\/$/,
        body: z.strictObject({ query: z.string().min(1), filters: z.strictObject({ user_id: z.string().min(1) }), top_k: z.int().min(1), threshold: z.number().min(0).max(1), rerank: z.boolean() }),
        answer: ({ body }) => ok({ results: facts.search([body.filters.user_id], body.query, body.top_k).filter(({ score }) => score >= body.threshold).map(shown) }),
      }),
      route({
        method: 'DELETE', path: /^\/v1\/memories\/$/, query: ['user_id'],
        answer({ query }) {
          leaving.set(query['user_id']!, 1);
          return ok({ message: 'queued' });
        },
      }),
      route({ method: 'DELETE', path: /^\/v2\/entities\/user\/([^/]+)\/$/, answer: () => ok(undefined, 204) }),
    ],
  });
}

function learn(facts: ReturnType<typeof createFactStore>, { messages, user_id, run_id, metadata }: z.infer<typeof Add>): void {
  for (const { role, content } of messages) if (role === 'user') facts.learn(user_id, run_id, content, String(metadata['said_at']));
}

function shown({ id, text, user, at, score }: Fact & { score?: number }) {
  return { id, memory: text, user_id: user, created_at: at, updated_at: at, ...(score !== undefined && { score }) };
}
