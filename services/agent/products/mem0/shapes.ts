import { z } from 'zod';
import type { RecalledItem } from '../contract.ts';

export const Added = z.looseObject({ status: z.string(), event_id: z.string().min(1) });

export const Found = z.looseObject({
  results: z.array(z.looseObject({ id: z.string(), memory: z.string(), score: z.number().nullish(), created_at: z.string().nullish(), updated_at: z.string().nullish() })),
});

/** mem0's own word for a session. */
export function runIdOf(session: number): string {
  return `s${session}`;
}

export function itemsOf({ results }: z.infer<typeof Found>, k: number): RecalledItem[] {
  return results.slice(0, k).map((one) => ({ id: one.id, text: one.memory, time: one.updated_at ?? one.created_at ?? null, endedAt: null, score: one.score ?? null }));
}
