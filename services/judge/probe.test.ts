import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { says, startScriptedJudge } from '../../test/support/scripted-judge.ts';
import type { JudgePrompt, ScriptedJudgeOptions } from '../../test/support/scripted-judge.ts';
import { JudgeProbeRequest, VerdictStatus } from '../gen/attune/judge/v1/judge.ts';
import { Preference } from '../gen/attune/profile/v1/profile.ts';

const SHORT = Preference.fromPartial({ id: 'vb_001', condition: 'I say "quick question"', action: 'answer in three sentences at most', conflictGroup: 'response_length', rule: 'max-three-sentences' });
const LONG = Preference.fromPartial({ id: 'vb_002', condition: 'the topic is advanced', action: 'show the full derivation', conflictGroup: 'response_length', rule: 'derivation-shown' });
const CURT = Preference.fromPartial({ id: 'vb_009', condition: 'I thank you', action: 'give a brief acknowledgement', conflictGroup: 'response_length', rule: 'brief-acknowledgement' });
const WARM = Preference.fromPartial({ id: 'to_001', condition: 'I am unsure', action: 'sound like an old friend', conflictGroup: 'tone' });
const COOL = Preference.fromPartial({ id: 'to_002', condition: 'the topic is serious', action: 'sound like a court', conflictGroup: 'tone' });
const DRY = Preference.fromPartial({ id: 'to_003', condition: 'I joke', action: 'stay dry', conflictGroup: 'tone' });
const QUERY = 'Quick question, I am unsure: what is a serious limit?';
const PROBE = { conflictGroup: 'tone', candidateIds: ['to_001', 'to_002', 'to_003'], expectedId: 'to_002', query: QUERY, variant: 'aligned', templateId: 'tone-03', cueSpan: 'Quick question', turn: 1, lexicalOverlap: { to_001: 0.5 } };
const ONE_STEP = 'A limit is where the values go. They need not arrive.';
const DERIVED = 'First, note that f(x) = x^2.\n\n1. f(2 + h) = 4 + 4h + h^2\n2. f(2 + h) - f(2) = 4h + h^2\n3. The quotient = 4 + h\n4. The limit = 4\n\nSo it is 4. That is all. Nothing else is needed.';
const ASKS_BACK = 'Could you tell me which function you mean?';

function request(changes: Partial<JudgeProbeRequest> = {}, reply = ONE_STEP): JudgeProbeRequest {
  return {
    ...JudgeProbeRequest.fromPartial({
      profile: { userId: 'u', preferences: [SHORT, WARM, LONG, COOL, DRY, CURT] },
      probe: PROBE,
      dialogue: [says('assistant', 'Hello!'), says('user', 'I have a task.'), says('assistant', 'Tell me.'), says('user', QUERY), says('assistant', reply)],
      seed: 5,
    }),
    ...changes,
  };
}

/** A model that names the preferences whose texts hold one of the words. */
const names = (...words: string[]) => ({ preferences }: JudgePrompt) => ({ reasoning: '', followed: preferences.flatMap((text, i) => (words.some((word) => text.includes(word)) ? [i + 1] : [])), certainty: 0.7 });

async function verdictOf(answer: (prompt: JudgePrompt) => object | string, asked = request(), options?: ScriptedJudgeOptions) {
  await using judge = await startScriptedJudge(answer, options);
  return { verdict: (await judge.client.judgeProbe(asked)).verdict!, calls: judge.asked.length };
}

const SCORED = { status: VerdictStatus.SCORED, reason: '', turn: 1, certainty: 0.7, ruleDecided: false, ruleDisagreed: false, votes: [] };

describe('which competing preference the reply followed', () => {
  test.each<[string, string[], { followedId: string; confused: boolean }]>([
    ['one', ['friend'], { followedId: 'to_001', confused: false }],
    ['neither', [], { followedId: '', confused: false }],
    ['several, which is confusion and names none', ['friend', 'court'], { followedId: '', confused: true }],
  ])('%s', async (_, words, outcome) => {
    expect((await verdictOf(names(...words))).verdict).toEqual({ ...SCORED, ...outcome });
  });

  test('under any seed a model that reads the numbers right gives the same verdict, and every order is used', async () => {
    const orders = new Set<string>();
    await using judge = await startScriptedJudge((prompt) => {
      orders.add(prompt.preferences.join('|'));
      return names('court')(prompt);
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 32 - 1 }), async (seed) => {
        expect((await judge.client.judgeProbe(request({ seed }))).verdict).toEqual({ ...SCORED, followedId: 'to_002', confused: false });
      }),
      { seed: 6, numRuns: 60 },
    );
    expect(orders.size).toBe(6);
  });

  test('the model is shown the candidates and the dialogue up to the reply, and nothing of what is expected', async () => {
    const prompts: string[] = [];
    const keep = (prompt: JudgePrompt) => {
      prompts.push(prompt.text);
      expect([...prompt.preferences].sort()).toEqual([WARM, COOL, DRY].map(({ condition, action }) => `When ${condition}: ${action}`).sort());
      return names('court')(prompt);
    };
    for (const expectedId of PROBE.candidateIds) await verdictOf(keep, request({ probe: request().probe && { ...request().probe!, expectedId } }));
    expect(new Set(prompts).size).toBe(1);
    for (const secret of ['to_001', 'to_002', 'expected', 'aligned', 'tone-03']) expect(prompts[0]).not.toContain(secret);
    expect(prompts[0]).toContain(`[user] ${QUERY}\n\n[agent turn 1] ${ONE_STEP}\n</dialogue>`);
  });
});

describe('rules decide where they can', () => {
  const lengths = { ...PROBE, conflictGroup: 'response_length', candidateIds: ['vb_001', 'vb_002'] };
  const ruled = (reply: string, probe: Partial<typeof PROBE> = {}) => request({ probe: { ...lengths, ...probe } }, reply);

  test.each([
    ['a short reply', ONE_STEP, 'vb_001'],
    ['a derivation', DERIVED, 'vb_002'],
  ])('%s', async (_, reply, id) => {
    const word = { vb_001: 'three sentences', vb_002: 'derivation' };
    const [right, wrong] = id === 'vb_001' ? [word.vb_001, word.vb_002] : [word.vb_002, word.vb_001];
    expect((await verdictOf(names(right), ruled(reply))).verdict).toEqual({ ...SCORED, followedId: id, confused: false, ruleDecided: true });
    expect((await verdictOf(names(wrong), ruled(reply))).verdict).toEqual({ ...SCORED, followedId: id, confused: false, ruleDecided: true, ruleDisagreed: true });
    expect((await verdictOf(names(), ruled(reply))).verdict).toMatchObject({ followedId: id, ruleDisagreed: true });
  });

  test('not where one candidate has no rule, and not for a reply that only asks back', async () => {
    expect((await verdictOf(names('derivation'), ruled(ONE_STEP, { candidateIds: ['vb_001', 'vb_002', 'to_001'] }))).verdict).toMatchObject({ followedId: 'vb_002', ruleDecided: false, ruleDisagreed: false });
    const curt = { candidateIds: ['vb_001', 'vb_009'] };
    expect((await verdictOf(names(), ruled(ASKS_BACK, curt))).verdict).toEqual({ ...SCORED, followedId: '', confused: false });
    expect((await verdictOf(names(), ruled('You are welcome.', curt))).verdict).toEqual({ ...SCORED, followedId: '', confused: true, ruleDecided: true, ruleDisagreed: true });
  });

  test('split votes do not keep a rule from deciding, nor ask for more', async () => {
    const { verdict, calls } = await verdictOf((prompt) => names(prompt.model === 'a' ? 'derivation' : 'three sentences')(prompt), ruled(ONE_STEP), { panel: ['a', 'b'], config: { votes: 1, maxVotes: 3 } });
    expect(verdict).toMatchObject({ status: VerdictStatus.SCORED, followedId: 'vb_001', ruleDecided: true, ruleDisagreed: false });
    expect(calls).toBe(2);
  });

  test('a model that answers nonsense gives no number, although rules could', async () => {
    expect((await verdictOf(() => 'Fine!', ruled(ONE_STEP))).verdict).toMatchObject({ status: VerdictStatus.UNSCORED, followedId: '', ruleDecided: false });
  });
});

describe('votes', () => {
  const panel = (...words: (string | null)[]) => ({
    options: { panel: words.map((_, i) => `m${i}`) },
    answer: (prompt: JudgePrompt) => {
      const word = words[Number(prompt.model.slice(1))];
      return word === null ? 'No idea.' : word === 'none' ? names()(prompt) : names(...word!.split('+'))(prompt);
    },
  });

  test.each<[(string | null)[], object]>([
    [['friend', 'court', 'court'], { followedId: 'to_002', confused: false }],
    [['friend+court', 'friend+dry', 'friend'], { followedId: '', confused: true }],
    [['none', 'none', 'court'], { followedId: '', confused: false }],
    [['court', null, null], { followedId: 'to_002', confused: false }],
  ])('%j', async (words, outcome) => {
    const { options, answer } = panel(...words);
    const { verdict } = await verdictOf(answer, request(), options);
    expect(verdict).toMatchObject({ status: VerdictStatus.SCORED, certainty: expect.closeTo(0.7, 12) as number, ...outcome });
    expect(verdict.votes).toHaveLength(3);
  });

  test('three opinions of three are unscored, with the reason and every vote', async () => {
    const { options, answer } = panel('friend', 'court', 'none');
    const { verdict } = await verdictOf(answer, request(), options);
    expect(verdict).toMatchObject({ status: VerdictStatus.UNSCORED, reason: 'No more than half of the 3 votes say the same.', followedId: '', confused: false });
    expect(verdict.votes).toMatchObject([{ panelist: 0, followedId: 'to_001' }, { panelist: 1, followedId: 'to_002' }, { panelist: 2, followedId: '', confused: false, reason: '' }]);
  });

  test('a number out of range, three times, is unscored with the reason', async () => {
    const { verdict, calls } = await verdictOf(() => ({ reasoning: '', followed: [4], certainty: 1 }));
    expect(calls).toBe(3);
    expect(verdict).toMatchObject({ status: VerdictStatus.UNSCORED, reason: expect.stringContaining('schema "probe_verdict"') as string, turn: 1 });
  });
});

test.each([
  ['a candidate that the user does not hold', request({ probe: { ...request().probe!, candidateIds: ['to_001', 'xx_001'] } }), 'xx_001'],
  ['a single candidate', request({ probe: { ...request().probe!, candidateIds: ['to_001'] } }), 'at least two'],
  ['no probe', request({ probe: undefined }), 'at least two'],
  ['a dialogue that goes on after the reply', request({ dialogue: [...request().dialogue, says('user', 'Thanks.')] }), "ends with the agent's reply"],
  ['a dialogue without a reply', request({ dialogue: [says('assistant', 'Hello!')] }), "ends with the agent's reply"],
])('%s: invalid_argument', async (_, asked, sentence) => {
  await using judge = await startScriptedJudge(() => ({}));
  await expect(judge.client.judgeProbe(asked)).rejects.toMatchObject({ code: 'invalid_argument', message: expect.stringContaining(sentence) as string });
  expect(judge.asked).toHaveLength(0);
});
