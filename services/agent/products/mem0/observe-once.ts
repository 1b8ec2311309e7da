import type { AdapterLimits, Observation, ProductCall, Ticket } from '../contract.ts';
import { sendOnce } from '../wait.ts';
import { runIdOf } from './shapes.ts';

/** Adds one session unless mem0 has memories of it; both of its servers know an addition again by its user and `run_id` alone. */
export async function observeOnce({ user, session, key, messages }: Observation, { list, add }: Mem0Calls, limits: AdapterLimits, call: ProductCall): Promise<Ticket> {
  const ticket: Ticket = { user, session, key, refs: [] };
  if (messages.length === 0) return ticket;
  const run_id = runIdOf(session);
  const arrived = async () => (await list({ user_id: user, run_id }, call.signal)) > 0;
  if (await arrived()) return ticket;
  const body = { messages: messages.map(({ role, content }) => ({ role, content })), user_id: user, run_id, metadata: { key, said_at: messages[0]!.at } };
  await sendOnce(async () => {
    ticket.refs = await add(body, call.signal);
  }, arrived, limits, call);
  return ticket;
}

interface Mem0Calls {
  /** How many memories there are, at least 1 when there are any. */
  list(filters: Record<string, string>, signal: AbortSignal | undefined): Promise<number>;
  /** Sends one addition; returns the names under which mem0 tells how far it is, none when it answers only when it is done. */
  add(body: object, signal: AbortSignal | undefined): Promise<string[]>;
}
