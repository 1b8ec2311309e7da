import { describe, expect, test } from 'vitest';
import { checkRule, conditionHolds, problemBank } from '../../catalogue/index.ts';
import { agentReply, GREETING, rate, userTurn } from '../testing.ts';
import { words } from '../text.ts';

const PROBLEM = problemBank()[0]!.task!.problem;
const BULLETS = '- [rf_001] present everything as bullets';
const FIRST = { role: 'user', content: 'Hi, it has to do with crescents and trays.' };
const PLAIN = { role: 'assistant', content: 'Seven trays of eighteen make 126, and 31 are left after 95 are sold. The answer is 1.' };

function longestRun(message: string, problem: string): number {
  const said = words(message);
  const text = ` ${words(problem).join(' ')} `;
  let longest = 0;
  for (let start = 0; start < said.length; start += 1) {
    while (text.includes(` ${said.slice(start, start + longest + 1).join(' ')} `) && start + longest < said.length) longest += 1;
  }
  return longest;
}

describe('the first message', () => {
  test('never quotes more than eight words of a problem in a row, nor do the answers to questions', () => {
    for (const problem of problemBank()) {
      const text = problem.task!.problem;
      for (const seed of [1, 2, 3]) {
        const opening = userTurn({ problem: text, seed });
        expect(longestRun(opening.response, text), opening.response).toBeLessThanOrEqual(8);
        const dialogue = [GREETING, { role: 'user', content: opening.response }, { role: 'assistant', content: 'Could you tell me more about what is given?' }];
        const more = userTurn({ problem: text, seed, dialogue });
        expect(longestRun(more.response, text), more.response).toBeLessThanOrEqual(8);
        expect(more.agent_was_clarifying).toBe(true);
      }
    }
  });

  test('tells only a part, and questions bring out the rest', () => {
    const told = (texts: string[]) => new Set(texts.flatMap((text) => words(text))).size;
    const opening = userTurn({ problem: PROBLEM });
    const dialogue = [GREETING, { role: 'user', content: opening.response }];
    const said = [opening.response];
    for (let turn = 0; turn < 3; turn += 1) {
      dialogue.push({ role: 'assistant', content: 'Could you share more details of the problem?' });
      const next = userTurn({ problem: PROBLEM, dialogue });
      expect(next.enforce_preferences).toBe(false);
      dialogue.push({ role: 'user', content: next.response });
      said.push(next.response);
    }
    expect(told(said.slice(0, 1))).toBeLessThan(words(PROBLEM).length * 0.7);
    expect(told(said)).toBeGreaterThan(told(said.slice(0, 1)));
  });

  test('often makes one of the conditions true, and only says what fits one of them', () => {
    const condition = 'I am practising for an exam';
    const cued = rate(200, (seed) => conditionHolds(condition, { userMessages: [userTurn({ problem: PROBLEM, preferences: [`- [ms_006] When ${condition}: add a similar exercise for me`], seed }).response] }));
    expect(cued).toBeGreaterThan(0.4);
    expect(cued).toBeLessThan(0.7);
    const without = rate(200, (seed) => conditionHolds(condition, { userMessages: [userTurn({ problem: PROBLEM, seed }).response] }));
    expect(without).toBe(0);
  });

  test('carries the words of a probe, later too', () => {
    const probe = 'Quick question: why do boxes hold six?';
    expect(userTurn({ problem: PROBLEM, probe }).response).toContain(probe);
    const later = userTurn({ problem: PROBLEM, probe, dialogue: [GREETING, FIRST, PLAIN] });
    expect(later).toMatchObject({ response: probe, should_terminate: false, draft_answer: '1' });
  });
});

describe('a reply that breaks a preference', () => {
  const turn = (seed: number, dialogue = [GREETING, FIRST, PLAIN]) => userTurn({ problem: PROBLEM, preferences: [BULLETS], dialogue, seed });

  test('is complained about in plain words, with nothing else in the message', () => {
    const enforced = rate(200, (seed) => turn(seed).enforce_preferences);
    expect(enforced).toBeGreaterThan(0.85);
    expect(enforced).toBeLessThan(1);
    for (let seed = 0; seed < 50; seed += 1) {
      const complaint = turn(seed);
      if (!complaint.enforce_preferences) continue;
      expect(complaint).toMatchObject({ enforced_preference_ids: ['rf_001'], draft_answer: "I don't know", should_terminate: false });
      expect(complaint.response).toMatch(/bullets/);
      expect(complaint.response).not.toMatch(/TERMINATE/);
      expect(complaint.preference_checks).toContainEqual(expect.objectContaining({ id: 'rf_001', applies: true, satisfied: false }));
    }
  });

  test('twice is disappointing, and in the end the user lets it go', () => {
    const asked = { role: 'user', content: 'From now on, please present everything as bullets.' };
    const once = [GREETING, FIRST, PLAIN];
    const twice = [...once, asked, PLAIN];
    expect(rate(100, (seed) => turn(seed, once).expresses_disappointment)).toBe(0);
    expect(rate(100, (seed) => turn(seed, twice).expresses_disappointment)).toBeGreaterThan(0.4);
    const often = [...twice, asked, PLAIN, asked, PLAIN, asked, PLAIN];
    expect(rate(100, (seed) => turn(seed, often).enforce_preferences)).toBe(0);
  });

  test('is let pass when the condition does not hold, or no rule is recognised in the preference', () => {
    const others = ['- [vb_001] When I say "quick question" or "briefly": answer in three sentences at most', '- [x] be like a good wine'];
    const long = { role: 'assistant', content: 'One fact. Two facts. Three facts. Four facts. Five facts. The answer is 1.' };
    const dialogue = [GREETING, FIRST, long];
    expect(rate(100, (seed) => userTurn({ problem: PROBLEM, preferences: others, dialogue, seed }).enforce_preferences)).toBe(0);
    const cued = [GREETING, { role: 'user', content: `Quick question. ${FIRST.content}` }, long];
    expect(rate(100, (seed) => userTurn({ problem: PROBLEM, preferences: others, dialogue: cued, seed }).enforce_preferences)).toBeGreaterThan(0.8);
  });

  test('of two opposing preferences only one is asked for', () => {
    const preferences = ['- [a] use bullets', '- [b] use numbered steps'];
    for (let seed = 0; seed < 50; seed += 1) {
      expect(userTurn({ problem: PROBLEM, preferences, dialogue: [GREETING, FIRST, PLAIN], seed }).enforced_preference_ids.length).toBeLessThanOrEqual(1);
    }
  });
});

describe('a reply that keeps the preferences', () => {
  const dialogue = [GREETING, FIRST, { role: 'assistant', content: '- 126 are baked.\n- 31 are left.\n\nThe answer is 1.' }];

  test('gives the draft, and the session ends soon; it never ends over a complaint', () => {
    const stops = rate(200, (seed) => {
      const turn = userTurn({ problem: PROBLEM, preferences: [BULLETS], dialogue, seed });
      expect(turn.should_terminate).toBe(turn.response.includes('TERMINATE'));
      expect(turn.should_terminate && turn.enforce_preferences).toBe(false);
      if (!turn.enforce_preferences) expect(turn.draft_answer).toBe('1');
      return turn.should_terminate;
    });
    expect(stops).toBeGreaterThan(0.55);
    expect(stops).toBeLessThan(0.9);
  });

  test('in the mode final_draft the draft is settled and nothing is said', () => {
    expect(userTurn({ problem: PROBLEM, preferences: [BULLETS], dialogue, mode: 'final_draft' })).toMatchObject({ draft_answer: '1', response: '', should_terminate: false });
    const broken = [GREETING, FIRST, PLAIN];
    const checks = [0, 1, 2, 3, 4].map((seed) => userTurn({ problem: PROBLEM, preferences: [BULLETS], dialogue: broken, mode: 'final_draft', seed }));
    expect(checks.some((turn) => turn.enforce_preferences && turn.response === '' && turn.draft_answer === "I don't know")).toBe(true);
  });

  test('without an answer the user asks for one, and gives up on the last turn or after several', () => {
    const vague = { role: 'assistant', content: 'It is a matter of counting. Every tray counts. Every box counts too.' };
    const start = [GREETING, FIRST, vague];
    expect(userTurn({ problem: PROBLEM, dialogue: start })).toMatchObject({ should_terminate: false, draft_answer: "I don't know" });
    expect(userTurn({ problem: PROBLEM, dialogue: start, turnsLeft: 1 }).should_terminate).toBe(true);
    const long = [...start, FIRST, vague, FIRST, vague, FIRST, vague];
    expect(userTurn({ problem: PROBLEM, dialogue: long }).should_terminate).toBe(true);
  });

  test('a complaint makes the agent put it right most of the time', () => {
    const asked = { role: 'user', content: 'Hold on. From now on, please present everything as bullets. Redo your last message that way.' };
    const told = { role: 'user', content: `It is about ${words(PROBLEM).slice(0, 40).join(' ')}` };
    const kept = rate(100, (seed) => checkRule('bullets', agentReply([told, PLAIN, asked], { seed }), { userMessage: asked.content }) === true);
    expect(kept).toBeGreaterThan(0.8);
  });
});
