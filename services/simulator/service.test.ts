import { describe, expect, test } from 'vitest';
import { startScriptedUser, turnRequest, userTurn } from '../../test/support/scripted-user.ts';
import { startSimulatedModel } from '../../test/support/simulated-models.ts';
import { generateProfiles, problemBank } from '../catalogue/index.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import { Preference } from '../gen/attune/profile/v1/profile.ts';
import { Mode } from '../gen/attune/simulator/v1/simulator.ts';
import type { RespondRequest, RespondResponse } from '../gen/attune/simulator/v1/simulator.ts';
import type { ModelClient } from '../platform/models/index.ts';
import { connect } from '../platform/rpc.ts';
import { SIMULATOR_DEFAULTS } from './config.ts';
import { createSimulator, UserSimulatorDefinition } from './service.ts';

const GREETING = { role: Role.ASSISTANT, content: 'Hello! What can I do?' };
const PROBLEM = problemBank()[0]!;
const BULLETS = Preference.fromPartial({ id: 'rf_001', action: 'present items as bullets with consistent indentation', rule: 'bullets' });

describe('with a user that acts on what it is told', () => {
  test('the same request gets the same answer, also from another replica; another seed gets another opening', async () => {
    await using simulated = await startSimulatedModel('simulator');
    await using again = await startSimulatedModel('simulator');
    const request = turnRequest({ profile: generateProfiles({ count: 1, seed: 5 })[0]!, task: PROBLEM.task, dialogue: [GREETING], draftAnswer: '' });
    const first = await userOf(simulated.model).respond(request);
    expect(withoutClock(await userOf(simulated.model).respond(request))).toEqual(withoutClock(first));
    expect(withoutClock(await userOf(again.model).respond(request))).toEqual(withoutClock(first));
    const others = await Promise.all(Array.from({ length: 5 }, (_, i) => userOf(simulated.model).respond({ ...request, seed: 100 + i })));
    expect(new Set(others.map(({ userMessage }) => userMessage)).size).toBeGreaterThan(1);
  });

  test('every problem of the bank is opened with a message that neither pastes the problem nor stops', async () => {
    await using simulated = await startSimulatedModel('simulator');
    const profile = generateProfiles({ count: 1, seed: 6 })[0]!;
    for (const { task } of problemBank().slice(0, 12)) {
      const answer = await userOf(simulated.model).respond(turnRequest({ profile, task, dialogue: [GREETING], draftAnswer: '' }));
      expect(answer).toMatchObject({ stop: false, enforcesPreferences: false, draftAnswer: "I don't know", faults: [] });
      expect(answer.userMessage).not.toBe('');
      expect(answer.userMessage).not.toContain(task!.problem);
    }
  });

  test('a broken preference is asked for and keeps the draft; a reply that keeps it moves the draft on', async () => {
    await using simulated = await startSimulatedModel('simulator');
    const ask = (reply: string, seed: number) => userOf(simulated.model).respond(afterReply(reply, seed));
    const broken = await Promise.all(SEEDS.map((seed) => ask('The tulips stand in four rows of three. The answer is 12.', seed)));
    const enforced = broken.filter((answer) => answer.enforcesPreferences);
    expect(enforced.length).toBeGreaterThanOrEqual(SEEDS.length * 0.8);
    for (const answer of enforced) expect(answer).toMatchObject({ enforcedPreferenceIds: ['rf_001'], draftAnswer: "I don't know", stop: false, faults: [] });

    const kept = await Promise.all(SEEDS.map((seed) => ask('- Four rows stand there.\n- Each has three tulips.\n- The answer is 12.', seed)));
    const content = kept.filter((answer) => !answer.enforcesPreferences);
    expect(content.length).toBeGreaterThanOrEqual(SEEDS.length * 0.8);
    for (const answer of content) expect(answer.draftAnswer).toContain('12');
    expect(content.some((answer) => answer.stop)).toBe(true);
    for (const { userMessage } of [...broken, ...kept]) expect(userMessage).not.toContain('TERMINATE');
  });

  test('a question of the agent is answered and nothing is enforced', async () => {
    await using simulated = await startSimulatedModel('simulator');
    const answer = await userOf(simulated.model).respond(afterReply('Could you tell me more about the problem?', 1));
    expect(answer).toMatchObject({ agentWasClarifying: true, enforcesPreferences: false, draftAnswer: "I don't know", stop: false });
    expect(answer.userMessage).not.toBe('');
  });

  test('the final draft is read from the last reply without a word', async () => {
    await using simulated = await startSimulatedModel('simulator');
    const answer = await userOf(simulated.model).respond({ ...afterReply('- There are four rows.\n- The answer is 12.', 3), mode: Mode.FINAL_DRAFT });
    expect(answer).toMatchObject({ userMessage: '', stop: false });
    expect(answer.draftAnswer).toContain('12');
  });
});

describe('when the model does not answer', () => {
  test('a cancelled turn gives its call up', async () => {
    await using user = await startScriptedUser([{ raw: { hang: true, json: {} } }]);
    const stop = new AbortController();
    const asked = user.client.respond(turnRequest(), { signal: stop.signal });
    await expect.poll(() => user.asked.length).toBe(1);
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => user.abandoned()).toBe(1);
  });

  test('a turn that was cancelled before does not ask at all', async () => {
    await using user = await startScriptedUser([userTurn()]);
    await expect(user.client.respond(turnRequest(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
    expect(user.asked).toHaveLength(0);
  });

  test.each([
    ['unreachable', { drop: true }, 'unavailable'],
    ['overloaded', { status: 429, json: {} }, 'resource_exhausted'],
    ['locked', { status: 401, json: {} }, 'unauthenticated'],
  ])('an endpoint that is %s is an error of that code', async (_, raw, code) => {
    await using user = await startScriptedUser([{ raw }]);
    await expect(user.client.respond(turnRequest())).rejects.toMatchObject({ code });
  });
});

const SEEDS = Array.from({ length: 20 }, (_, i) => i);

function userOf(model: ModelClient) {
  return connect(UserSimulatorDefinition, createSimulator(SIMULATOR_DEFAULTS, { model })).client;
}

/** A user with one unconditional preference who has asked once and read one reply. */
function afterReply(reply: string, seed: number): RespondRequest {
  const dialogue = [GREETING, { role: Role.USER, content: 'How many tulips are there?' }, { role: Role.ASSISTANT, content: reply }];
  return turnRequest({ profile: { ...turnRequest().profile!, preferences: [BULLETS] }, dialogue, draftAnswer: '', seed });
}

function withoutClock(answer: RespondResponse): RespondResponse {
  return { ...answer, usage: answer.usage.map((entry) => ({ ...entry, latencyMs: undefined })) };
}
