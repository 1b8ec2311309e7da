import { describe, expect, test } from 'vitest';
import { ENFORCING, startScriptedUser, turnRequest, userTurn } from '../../test/support/scripted-user.ts';

describe('an answer that cannot be used', () => {
  test.each([
    ['an enforcement without ids', { ...ENFORCING, enforced_preference_ids: [] }, '"enforced_preference_ids": must name a preference when enforce_preferences is true'],
    ['an enforcement of an unknown id', { ...ENFORCING, enforced_preference_ids: ['p2', 'p9'] }, '"enforced_preference_ids": unknown id p9; the listed ids are p1, p2, p3'],
    ['a check of an unknown id', userTurn({ preference_checks: [{ id: '2', applies: true, satisfied: true, why: 'ok' }] }), '"preference_checks": unknown id 2; the listed ids are p1, p2, p3'],
    ['an empty message', userTurn({ response: '  ' }), '"response": must say something'],
    ['a missing field', { ...userTurn(), enforce_preferences: undefined }, '"enforce_preferences":'],
    ['prose', 'I would rather just talk.', 'it holds no JSON object'],
    ['nothing', '', 'it was empty'],
  ])('%s: asked again with the error in words', async (_, wrong, problem) => {
    await using user = await startScriptedUser([wrong, ENFORCING]);
    const answer = await user.client.respond(turnRequest());
    expect(user.asked).toHaveLength(2);
    expect(user.prompt(1).at(-1)).toMatchObject({ role: 'user', content: expect.stringContaining(problem) as string });
    expect(answer).toMatchObject({ enforcesPreferences: true, enforcedPreferenceIds: ['p2'], faults: [] });
  });

  test.each([['prose', 'I would rather just talk.'], ['an enforcement that names nobody', { ...ENFORCING, enforced_preference_ids: [] }]])('%s, three times: failed_precondition, never a made-up message', async (_, wrong) => {
    await using user = await startScriptedUser([wrong]);
    await expect(user.client.respond(turnRequest())).rejects.toMatchObject({ code: 'failed_precondition', message: expect.stringContaining('schema "user_turn"') as string });
    expect(user.asked).toHaveLength(3);
  });
});

describe('the answer as the caller gets it', () => {
  test('all private fields arrive', async () => {
    await using user = await startScriptedUser([
      userTurn({
        preference_checks: [
          { id: 'p2', applies: true, satisfied: true, why: 'A list.' },
          { id: 'p1', applies: false, satisfied: null, why: 'No proof.' },
        ],
        agent_was_clarifying: true,
        expresses_disappointment: true,
        reasoning: 'It asked me.',
      }),
    ]);
    const answer = await user.client.respond(turnRequest());
    expect(answer).toMatchObject({ agentWasClarifying: true, expressesDisappointment: true, reasoning: 'It asked me.', draftAnswer: 'about twelve', enforcesPreferences: false });
    expect(answer.preferenceChecks).toEqual([
      { id: 'p2', applies: true, satisfied: true, why: 'A list.' },
      { id: 'p1', applies: false, satisfied: undefined, why: 'No proof.' },
    ]);
  });

  test('"satisfied" is unset where the preference does not apply, whatever the model wrote', async () => {
    await using user = await startScriptedUser([userTurn({ preference_checks: [{ id: 'p1', applies: false, satisfied: false, why: 'No proof.' }] })]);
    expect((await user.client.respond(turnRequest())).preferenceChecks).toEqual([{ id: 'p1', applies: false, satisfied: undefined, why: 'No proof.' }]);
  });

  test('nothing is named as enforced when nothing is enforced', async () => {
    await using user = await startScriptedUser([userTurn({ enforced_preference_ids: ['p2'] })]);
    expect(await user.client.respond(turnRequest())).toMatchObject({ enforcesPreferences: false, enforcedPreferenceIds: [] });
  });
});
