import { setTimeout as sleep } from 'node:timers/promises';
import { completion, mockSetting, schemaOf, serveMock, startMockProcess, type MockProcess } from '../mock/process.ts';
import { MODEL, SECONDS_A_CALL } from './plan.ts';

/**
 * A chat endpoint in a process of its own that answers every call a fixed time after its last byte arrived, with JSON that fits the schema
 * the call names, or with prose. The user of this model never stops and is never dissatisfied.
 */
export function startMock(secondsACall = SECONDS_A_CALL): Promise<MockProcess<MockTally>> {
  return startMockProcess(import.meta.url, String(secondsACall));
}

function serve(secondsACall: number): void {
  serveMock(MODEL, (): MockTally => ({ calls: 0, requestBytes: 0, firstBodies: [] }), async (body, tally) => {
    const reply = answerTo(body);
    if (reply !== CANARY) {
      tally.calls += 1;
      tally.requestBytes += body.length;
      if (tally.firstBodies.length < KEPT_BODIES) tally.firstBodies.push(body);
    }
    await sleep(secondsACall * 1_000);
    return reply;
  });
}

function answerTo(body: string): string {
  const schema = schemaOf(body);
  if (schema === '') return AGENT_REPLY;
  if (schema !== 'user_turn') return ANSWERS[schema] ?? '{}';
  const listed = body.slice(body.indexOf('<preferences>'), body.indexOf('</preferences>'));
  const ids = Array.from(listed.matchAll(/- \[([^\]]+)\]/g), (match) => match[1]!).slice(0, 4);
  return userTurn(ids, body.includes('<mode>final_draft</mode>') ? '' : USER_MESSAGE);
}

function userTurn(ids: readonly string[], response: string): string {
  return completion(
    MODEL,
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
  return completion(MODEL, JSON.stringify({ turns }));
}

const SENTENCE = 'Let us look at what is given, write down what we want to find, and take one step after the other. ';
const AGENT_REPLY = completion(MODEL, SENTENCE.repeat(8).trim());
const USER_MESSAGE = 'That makes sense so far. Can you show me how the next step follows, and what I should watch out for?';
const CANARY = completion(MODEL, '{"ready":true}');
const ANSWERS: Readonly<Record<string, string>> = {
  canary: CANARY,
  task_verdict: completion(MODEL, JSON.stringify({ reasoning: 'The draft stops before the final number, so it does not agree with the reference.', accuracy: 0, certainty: 0.9 })),
  session_verdicts: sessionVerdicts(),
};
/** Enough for one whole session. */
const KEPT_BODIES = 64;

const setting = mockSetting();
if (setting !== null) serve(Number(setting));

export interface MockTally {
  calls: number;
  requestBytes: number;
  /** The first bodies in the order of their arrival. */
  firstBodies: string[];
}
