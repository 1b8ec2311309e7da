import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { MODEL, SECONDS_A_CALL } from './plan.ts';

/**
 * A chat endpoint in a process of its own that answers every call a fixed time after its last byte arrived, with JSON that fits the schema
 * the call names, or with prose. The user of this model never stops and is never dissatisfied.
 */
export async function startMock(secondsACall = SECONDS_A_CALL): Promise<Mock> {
  const child = fork(fileURLToPath(import.meta.url), ['serve', String(secondsACall)], { execArgv: ['--import', 'tsx'] });
  const gone = new AbortController();
  child.once('exit', (code) => gone.abort(new Error(`The mock model server ended with code ${code}.`)));
  const next = async <T>() => ((await once(child, 'message', { signal: gone.signal })) as [T])[0];
  const port = await next<number>();
  return {
    origin: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    async take() {
      const taken = next<MockTally>();
      child.send('take');
      return taken;
    },
    close: () => child.disconnect(),
  };
}

function serve(): void {
  let tally: MockTally = { calls: 0, requestBytes: 0, firstBodies: [] };
  const server = createServer((request, response) => {
    const send = (text: string) => response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
    if (request.method === 'GET') {
      send(JSON.stringify({ object: 'list', data: [{ id: MODEL, object: 'model' }] }));
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const answer = answerTo(body);
      if (answer !== CANARY) {
        tally.calls += 1;
        tally.requestBytes += body.length;
        if (tally.firstBodies.length < KEPT_BODIES) tally.firstBodies.push(body);
      }
      setTimeout(send, Number(process.argv[3]) * 1_000, answer);
    });
  });
  server.keepAliveTimeout = 600_000;
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => process.send!((server.address() as AddressInfo).port));
  process.on('message', () => {
    process.send!(tally);
    tally = { calls: 0, requestBytes: 0, firstBodies: [] };
  });
  process.on('disconnect', () => process.exit(0));
}

/** Finds the schema's name without reading the JSON, to leave the processor to those who are measured. */
function answerTo(body: string): string {
  const at = body.indexOf('"json_schema":{"name":"');
  if (at === -1) return AGENT_REPLY;
  const start = at + '"json_schema":{"name":"'.length;
  const name = body.slice(start, body.indexOf('"', start));
  if (name !== 'user_turn') return ANSWERS[name] ?? '{}';
  const listed = body.slice(body.indexOf('<preferences>'), body.indexOf('</preferences>'));
  const ids = Array.from(listed.matchAll(/- \[([^\]]+)\]/g), (match) => match[1]!).slice(0, 4);
  return userTurn(ids, body.includes('<mode>final_draft</mode>') ? '' : USER_MESSAGE);
}

function completion(content: string): string {
  const message = { role: 'assistant', content };
  const usage = { prompt_tokens: 1_800, completion_tokens: 160, total_tokens: 1_960 };
  return JSON.stringify({ id: 'mock', object: 'chat.completion', created: 0, model: MODEL, choices: [{ index: 0, message, finish_reason: 'stop' }], usage });
}

function userTurn(ids: readonly string[], response: string): string {
  return completion(
    JSON.stringify({
      preference_checks: ids.map((id) => ({ id, applies: true, satisfied: true, why: 'The last reply did what this preference asks for.' })),
      agent_was_clarifying: false,
      enforce_preferences: false,
      enforced_preference_ids: [],
      expresses_disappointment: false,
      reasoning: 'The reply was of use and broke nothing that I care about. I take what it says into my draft and ask for the next step.',
      draft_answer: 'So far I have the first two steps and the formula that belongs to them; the number at the end is still open.',
      should_terminate: false,
      response,
    }),
  );
}

function sessionVerdicts(): string {
  const turns = [0, 1, 2, 3, 4].map((turn) => ({ turn, overruled: [], applicable_preferences: [1, 2], followed: [1], violated: [{ preference: 2, type: 'wrong_format' }], over_personalization: [], certainty: 0.9 }));
  return completion(JSON.stringify({ turns }));
}

const SENTENCE = 'Let us look at what is given, write down what we want to find, and take one step after the other. ';
const AGENT_REPLY = completion(SENTENCE.repeat(8).trim());
const USER_MESSAGE = 'That makes sense so far. Can you show me how the next step follows, and what I should watch out for?';
const CANARY = completion('{"ready":true}');
const ANSWERS: Readonly<Record<string, string>> = {
  canary: CANARY,
  task_verdict: completion(JSON.stringify({ reasoning: 'The draft stops before the final number, so it does not agree with the reference.', accuracy: 0, certainty: 0.9 })),
  session_verdicts: sessionVerdicts(),
};
/** Enough for one whole session. */
const KEPT_BODIES = 64;

if (process.argv[2] === 'serve' && process.send) serve();

export interface Mock {
  origin: string;
  pid: number;
  /** What came in since the last take; checks before a run are left out. */
  take(): Promise<MockTally>;
  close(): void;
}

export interface MockTally {
  calls: number;
  requestBytes: number;
  /** The first bodies in the order of their arrival. */
  firstBodies: string[];
}
