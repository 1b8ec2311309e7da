import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { completion, mockSetting, schemaOf, serveMock, startMockProcess, type MockProcess } from '../mock/process.ts';

export const MODEL = 'mock';

/**
 * A chat endpoint in a process of its own whose latencies are lognormal and follow from the request alone, so that every schedule has the same work to
 * do. Its users stop after 3 to 10 messages, drawn from their persona and the problem. Judging takes half as long (spec: speed.md 8).
 */
export function startMock(latency: Latency): Promise<MockProcess<Tally>> {
  return startMockProcess(import.meta.url, JSON.stringify(latency));
}

function serve({ medianMs, sigma }: Latency): void {
  let inFlight = 0;
  serveMock(MODEL, (): Tally => ({ calls: 0, workMs: 0, most: 0 }), async (body, tally) => {
    const reply = answerTo(body);
    if (reply === CANARY) return reply;
    const ms = medianMs * Math.exp(sigma * normal(body)) * (body.includes('_verdict') ? 0.5 : 1);
    tally.calls += 1;
    tally.workMs += ms;
    inFlight += 1;
    tally.most = Math.max(tally.most, inFlight);
    await sleep(ms);
    inFlight -= 1;
    return reply;
  });
}

function answerTo(body: string): string {
  const schema = schemaOf(body);
  if (schema === '') return completion(MODEL, 'Let us write down what is given and take one step after the other. '.repeat(4));
  if (schema === 'user_turn') return userTurn(body);
  return ANSWERS[schema] ?? completion(MODEL, '{}');
}

function userTurn(body: string): string {
  const part = (tag: string) => body.slice(body.indexOf(`<${tag}>`), body.indexOf(`</${tag}>`));
  const patience = 3 + (uint32(part('persona') + part('problem')) % 8);
  const sent = (body.match(/"role":"assistant"/g) ?? []).length;
  const isOver = sent >= patience;
  return completion(
    MODEL,
    JSON.stringify({
      preference_checks: [],
      agent_was_clarifying: false,
      enforce_preferences: false,
      enforced_preference_ids: [],
      expresses_disappointment: false,
      reasoning: 'I follow so far.',
      draft_answer: 'The first steps are done.',
      should_terminate: isOver,
      response: isOver ? 'TERMINATE' : 'Can you show me the next step?',
    }),
  );
}

function normal(text: string): number {
  const hash = createHash('sha256').update(text).digest();
  const [one, other] = [(hash.readUInt32BE(0) + 1) / 2 ** 32, hash.readUInt32BE(4) / 2 ** 32];
  return Math.sqrt(-2 * Math.log(one)) * Math.cos(2 * Math.PI * other);
}

function uint32(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}

const CANARY = completion(MODEL, '{"ready":true}');
const ANSWERS: Readonly<Record<string, string>> = {
  canary: CANARY,
  reflection_notes: completion(MODEL, JSON.stringify({ user_preferences_reasoning: 'Nothing new.', agent_notes: 'The user likes short steps.' })),
  relevant_notes: completion(MODEL, JSON.stringify({ reasoning: 'All of it.', relevant_notes: 'The user likes short steps.' })),
  task_verdict: completion(MODEL, JSON.stringify({ reasoning: 'The draft stops early.', accuracy: 0 })),
  session_verdicts: completion(MODEL, JSON.stringify({ turns: Array.from({ length: 10 }, (_, turn) => ({ turn, applicable_preferences: [1], followed: [1], violated: [], over_personalization: [], certainty: 0.9 })) })),
};

const setting = mockSetting();
if (setting !== null) serve(JSON.parse(setting) as Latency);

export interface Latency {
  medianMs: number;
  /** Of the logarithm. */
  sigma: number;
}

interface Tally {
  calls: number;
  /** Sum of the latencies. */
  workMs: number;
  /** The most calls in flight. */
  most: number;
}
