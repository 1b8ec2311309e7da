import { Pool } from 'undici';
import { CALLS_A_SESSION } from './plan.ts';
import type { Measured } from './plan.ts';

/** The least that any driver must do: the same bodies in the same order through a bare undici pool, each answer read as JSON. */
export async function runToy(origin: string, bodies: readonly object[], sessions: number): Promise<Measured> {
  if (bodies.length !== CALLS_A_SESSION) throw new Error(`Expected the ${CALLS_A_SESSION} calls of one session, found ${bodies.length}.`);
  const pool = new Pool(origin);
  const call = async (body: object): Promise<unknown> => {
    const answer = await pool.request({ path: '/v1/chat/completions', method: 'POST', headers: HEADERS, body: JSON.stringify(body) });
    return answer.body.json();
  };
  const session = async () => {
    for (const body of bodies.slice(0, -2)) await call(body);
    await Promise.all(bodies.slice(-2).map(call));
  };

  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: sessions }, session));
  const wallSeconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  await pool.close();
  return { wallSeconds, cpuMs: (user + system) / 1_000 };
}

const HEADERS = { accept: 'application/json', 'content-type': 'application/json' };
