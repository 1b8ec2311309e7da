import { z } from 'zod';
import { createFactStore, type Defect } from './facts.ts';
import { ok, route, startStandIn, type ProductStandIn } from './server.ts';

const Message = z.strictObject({
  name: z.string().default(''),
  uuid: z.string().nullish(),
  role_type: z.enum(['user', 'assistant', 'system']),
  role: z.string().nullable(),
  content: z.string(),
  timestamp: z.iso.datetime(),
  source_description: z.string().default(''),
});
/** The graph takes no other. */
const GroupId = z.string().regex(/^[A-Za-z0-9_-]+$/);

/**
 * Graphiti's own server: 202 at once, a queue in memory, `pace` messages worked off a look. A message that fails, or one with a uuid that is not stored, ends the worker;
 * everything after it waits for ever, and a restart empties the queue. Episodes of the future are not listed.
 */
export async function startGraphiti({ defect = null, pace = 1 }: { defect?: Defect | null; pace?: number } = {}): Promise<GraphitiStandIn> {
  const facts = createFactStore('end', defect);
  const queue: (z.infer<typeof Message> & { group: string })[] = [];
  const episodes: { uuid: string; name: string; group_id: string; content: string; valid_at: string }[] = [];
  const worker = { runs: true };
  const control = { failing: null as ((content: string) => boolean) | null };

  function work(): void {
    const next = worker.runs ? queue.shift() : undefined;
    if (!next) return;
    if (next.uuid || control.failing?.(next.content)) {
      worker.runs = false;
      return;
    }
    episodes.push({ uuid: `episode-${episodes.length}`, name: next.name, group_id: next.group, content: `${next.role ?? ''}(${next.role_type}): ${next.content}`, valid_at: next.timestamp });
    if (next.role_type === 'user') facts.learn(next.group, next.source_description, next.content, next.timestamp);
  }

  const standIn = await startStandIn({
    restart() {
      queue.length = 0;
      worker.runs = true;
      if (defect === 'loses') episodes.length = 0;
      facts.restart();
    },
    routes: [
      route({
        method: 'POST', path: /^\/messages$/, body: z.strictObject({ group_id: GroupId, messages: z.array(Message) }),
        answer({ body }) {
          queue.push(...body.messages.map((message) => ({ ...message, group: body.group_id })));
          return ok({ message: 'Messages added to processing queue', success: true }, 202);
        },
      }),
      route({
        method: 'GET', path: /^\/episodes\/([^/]+)$/, query: ['last_n'],
        answer({ part, query }) {
          const shown = episodes.filter(({ group_id, valid_at }) => group_id === part && Date.parse(valid_at) <= Date.now()).slice(-Number(query['last_n']));
          for (let time = 0; time < pace; time += 1) work();
          return ok(shown);
        },
      }),
      route({
        method: 'POST', path: /^\/search$/, body: z.strictObject({ group_ids: z.array(GroupId).nullable(), query: z.string(), max_facts: z.int().min(1) }),
        answer: ({ body }) => ok({ facts: facts.search(body.group_ids ?? [], body.query, body.max_facts).map(({ id, text, at, endedAt }) => ({ uuid: id, name: 'SAID', fact: text, valid_at: at, invalid_at: endedAt, created_at: at, expired_at: null })) }),
      }),
      route({
        method: 'DELETE', path: /^\/group\/([^/]+)$/,
        answer({ part }) {
          if (defect !== 'remembers') for (let i = episodes.length - 1; i >= 0; i -= 1) if (episodes[i]!.group_id === part) episodes.splice(i, 1);
          facts.forget(part);
          return ok({ message: 'Group deleted', success: true });
        },
      }),
    ],
  });
  return Object.assign(standIn, { control });
}

export interface GraphitiStandIn extends ProductStandIn {
  /** Which message the worker fails on, by its text. */
  readonly control: { failing: ((content: string) => boolean) | null };
}
