import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

export const MODEL = 'mock';

/**
 * A chat endpoint in a process of its own whose latencies are lognormal and follow from the request alone, so that every schedule has the same work to
 * do. Its users stop after 3 to 10 messages, drawn from their persona and the problem. Judging takes half as long (spec: speed.md 8).
 */
export async function startMock(latency: Latency): Promise<Mock> {
  const child = fork(fileURLToPath(import.meta.url), ['serve', JSON.stringify(latency)], { execArgv: ['--import', 'tsx'] });
  const gone = new AbortController();
  child.once('exit', (code) => gone.abort(new Error(`The mock model server ended with code ${code}.`)));
  const next = async <T>() => ((await once(child, 'message', { signal: gone.signal })) as [T])[0];
  const port = await next<number>();
  return {
    origin: `http://127.0.0.1:${port}`,
    async take() {
      const taken = next<Tally>();
      child.send('take');
      return taken;
    },
    close: () => child.disconnect(),
  };
}

function serve({ medianMs, sigma }: Latency): void {
  let tally: Tally = { calls: 0, workMs: 0, most: 0 };
  let inFlight = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const reply = request.method === 'GET' ? JSON.stringify({ object: 'list', data: [{ id: MODEL, object: 'model' }] }) : answerTo(text);
      const send = () => response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(reply) }).end(reply);
      if (request.method === 'GET' || reply === CANARY) return void send();
      const ms = medianMs * Math.exp(sigma * normal(text)) * (text.includes('_verdict') ? 0.5 : 1);
      tally.calls += 1;
      tally.workMs += ms;
      inFlight += 1;
      tally.most = Math.max(tally.most, inFlight);
      setTimeout(() => {
        inFlight -= 1;
        send();
      }, ms);
    });
  });
  server.keepAliveTimeout = 600_000;
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => process.send!((server.address() as AddressInfo).port));
  process.on('message', () => {
    process.send!(tally);
    tally = { calls: 0, workMs: 0, most: 0 };
  });
  process.on('disconnect', () => process.exit(0));
}

function answerTo(body: string): string {
  const at = body.indexOf('"json_schema":{"name":"');
  if (at === -1) return completion('Let us write down what is given and take one step after the other. '.repeat(4));
  const start = at + '"json_schema":{"name":"'.length;
  const name = body.slice(start, body.indexOf('"', start));
  if (name === 'user_turn') return userTurn(body);
  return ANSWERS[name] ?? completion('{}');
}

function userTurn(body: string): string {
  const part = (tag: string) => body.slice(body.indexOf(`<${tag}>`), body.indexOf(`</${tag}>`));
  const patience = 3 + (uint32(part('persona') + part('problem')) % 8);
  const sent = (body.match(/"role":"assistant"/g) ?? []).length;
  const isOver = sent >= patience;
  return completion(
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

function completion(content: string): string {
  const usage = { prompt_tokens: 1_800, completion_tokens: 160, total_tokens: 1_960 };
  return JSON.stringify({ id: 'mock', object: 'chat.completion', created: 0, model: MODEL, choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }], usage });
}

function normal(text: string): number {
  const hash = createHash('sha256').update(text).digest();
  const [one, other] = [(hash.readUInt32BE(0) + 1) / 2 ** 32, hash.readUInt32BE(4) / 2 ** 32];
  return Math.sqrt(-2 * Math.log(one)) * Math.cos(2 * Math.PI * other);
}

function uint32(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}

const CANARY = completion('{"ready":true}');
const ANSWERS: Readonly<Record<string, string>> = {
  canary: CANARY,
  reflection_notes: completion(JSON.stringify({ user_preferences_reasoning: 'Nothing new.', agent_notes: 'The user likes short steps.' })),
  relevant_notes: completion(JSON.stringify({ reasoning: 'All of it.', relevant_notes: 'The user likes short steps.' })),
  task_verdict: completion(JSON.stringify({ reasoning: 'The draft stops early.', accuracy: 0 })),
  session_verdicts: completion(JSON.stringify({ turns: Array.from({ length: 10 }, (_, turn) => ({ turn, applicable_preferences: [1], followed: [1], violated: [], over_personalization: [], certainty: 0.9 })) })),
};

if (process.argv[2] === 'serve' && process.send) serve(JSON.parse(process.argv[3]!) as Latency);

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

interface Mock {
  origin: string;
  /** What came in since the last take; checks before a run are left out. */
  take(): Promise<Tally>;
  close(): void;
}
