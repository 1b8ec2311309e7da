import { describe, expect, test } from 'vitest';
import { checkRule, finalAnswerOf, isClarifyingOnly, problemBank, sameAnswer, type RuleId } from '../../catalogue/index.ts';
import { followRate } from '../parameters.ts';
import { agentReply, rate } from '../testing.ts';

const BAKERY = problemBank()[0]!;
const ASK = "Hi, it has to do with Marisol's bakery, 7 trays of almond crescents, 18 crescents on every tray, 95 sold by noon, boxes of six, how many left over.";
const SEEDS = 200;

function follows(rule: RuleId, memory: string, message = ASK): number {
  return rate(SEEDS, (seed) => checkRule(rule, agentReply(message, { memory, seed }), { userMessage: message }) === true);
}

/** Notes about things that no rule of these tests speaks of. */
const FILLERS = [
  'state the time complexity of the operations',
  'put a language tag on each code fence',
  'catch specific exception types, never a bare catch-all',
  'write SQL keywords in upper case and identifiers in lower case',
  'document it with docstrings and keep inline comments rare',
];
const fillers = (count: number): string => Array.from({ length: count }, (_, index) => `- When it is case ${index}, ${FILLERS[index % FILLERS.length]}.`).join('\n');

describe('a note', () => {
  test.each([
    ['tldr-at-end', 'end with a one-line TL;DR'],
    ['confidence-estimate', 'say how confident you are'],
    ['comparison-table', 'lay the trade-offs out in a table'],
    ['headings', 'put a heading over each section'],
  ] as [RuleId, string][])('is followed when it stands in the prompt, and not when it does not: %s', (rule, action) => {
    const without = follows(rule, '');
    const within = follows(rule, `- Always: ${action}.`);
    expect(without).toBeLessThan(0.1);
    expect(within).toBeGreaterThan(0.85);
    expect(within).toBeLessThan(1);
  });

  test('is followed less often among many', () => {
    const rule: RuleId = 'tldr-at-end';
    const note = '- Always: end with a one-line TL;DR.';
    const few = follows(rule, `${note}\n${fillers(2)}`);
    const many = follows(rule, `${note}\n${fillers(29)}`);
    expect(few).toBeGreaterThan(many + 0.2);
    expect(Math.abs(few - followRate(3))).toBeLessThan(0.1);
    expect(Math.abs(many - followRate(30))).toBeLessThan(0.12);
  });

  test('counts only when its condition holds', () => {
    const memory = '- When I am practising for an exam, add a similar exercise after the solution.';
    expect(follows('exercise-added', memory)).toBeLessThan(0.1);
    expect(follows('exercise-added', memory, `I'm practising for an exam. ${ASK}`)).toBeGreaterThan(0.8);
  });

  test.each([
    ['bullets under a heading', 'General notes:\n- Always: end with a one-line TL;DR.\n\nFor this kind of task:\n- When it is a quick question, answer in three sentences at most.'],
    ['prose', 'The user likes short chats. The user prefers replies that end with a one-line TL;DR.'],
    ['an earlier transcript', 'Session 1:\nUser: It is about boats.\nAgent: ## Plan\n\nUse a table.\nUser: Please end with a one-line TL;DR.\nAgent: Sure.\n\nTL;DR: done.'],
  ])('is read from %s', (_, memory) => {
    expect(follows('tldr-at-end', memory)).toBeGreaterThan(0.8);
    expect(follows('comparison-table', memory)).toBeLessThan(0.05);
  });

  test('of two opposing ones the one whose cue is in the message wins most of the time', () => {
    const memory = '- When I say "quick question", use bullets.\n- When I am practising for an exam, use numbered steps.';
    const quick = follows('bullets', memory, `Quick question. ${ASK}`);
    const exam = follows('bullets', memory, `I'm practising for an exam. ${ASK}`);
    expect(quick).toBeGreaterThan(0.75);
    expect(exam).toBeLessThan(0.25);
    const both = follows('bullets', memory, `Quick question, I'm practising for an exam. ${ASK}`);
    expect(both).toBeGreaterThan(0.25);
    expect(both).toBeLessThan(0.7);
  });

  test('with a condition that the message meets wins over an opposing one that always holds', () => {
    const memory = '- Always: use numbered steps.\n- When I say "quick question", use bullets.';
    expect(follows('bullets', memory, `Quick question. ${ASK}`)).toBeGreaterThan(0.72);
    expect(follows('numbered-steps', memory)).toBeGreaterThan(0.72);
  });

  test('gives way to what the user asks for now', () => {
    const message = `${ASK} Please use bullets.`;
    expect(follows('bullets', '- Always: use numbered steps.', message)).toBeGreaterThan(0.75);
  });
});

describe('understanding and solving', () => {
  test('a vague request gets a question and no answer; a full one gets an answer', () => {
    const question = agentReply('Hello, can you help me? It is about crescents.');
    expect(isClarifyingOnly(question)).toBe(true);
    expect(finalAnswerOf(question)).toBeNull();
    expect(finalAnswerOf(agentReply(ASK))).not.toBeNull();
  });

  test('every question asks for information only', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const question = agentReply('Hey, I have something about lanterns and rivers.', { seed });
      expect(isClarifyingOnly(question), question).toBe(true);
    }
  });

  test('asks at most a few times, then tries', () => {
    const vague = { role: 'user', content: 'It is about things.' };
    const asked = { role: 'assistant', content: 'Could you tell me more about what is given?' };
    expect(isClarifyingOnly(agentReply([vague, asked, vague, asked, vague]))).toBe(true);
    expect(isClarifyingOnly(agentReply([vague, asked, vague, asked, vague, asked, vague]))).toBe(false);
  });

  test('easy problems are solved more often than hard ones, and an answer stays through a session', () => {
    const solved = (level: number): number => {
      const all = problemBank().filter((problem) => problem.level === level);
      let right = 0;
      for (const { task, solution } of all) {
        const first = { role: 'user', content: task!.problem };
        for (let variant = 0; variant < 8; variant += 1) {
          const opening = { role: 'user', content: `${first.content} (${'again '.repeat(variant)})` };
          const answer = finalAnswerOf(agentReply([opening])) ?? '';
          const later = finalAnswerOf(agentReply([opening, { role: 'assistant', content: `The answer is ${answer}.` }, { role: 'user', content: 'Tell me in other words.' }], { seed: 9 }));
          expect(later).toBe(answer);
          if (sameAnswer(answer, finalAnswerOf(solution) ?? '')) right += 1;
        }
      }
      return right / (all.length * 8);
    };
    const easy = solved(1);
    const hard = solved(5);
    expect(easy).toBeGreaterThan(0.8);
    expect(hard).toBeLessThan(0.6);
    expect(hard).toBeGreaterThan(0.2);
  });

  test('doubt sometimes turns a wrong answer into the right one', () => {
    const expected = finalAnswerOf(BAKERY.solution) ?? '';
    let wrong = 0;
    let corrected = 0;
    for (let variant = 0; variant < 400; variant += 1) {
      const opening = { role: 'user', content: `${ASK} Note ${variant}.` };
      const answer = finalAnswerOf(agentReply([opening])) ?? '';
      if (sameAnswer(answer, expected)) continue;
      wrong += 1;
      const doubted = agentReply([opening, { role: 'assistant', content: `The answer is ${answer}.` }, { role: 'user', content: 'Are you sure about that?' }]);
      if (sameAnswer(finalAnswerOf(doubted) ?? '', expected)) corrected += 1;
    }
    expect(wrong).toBeGreaterThan(10);
    expect(corrected).toBeGreaterThan(0);
    expect(corrected).toBeLessThan(wrong * 0.7);
  });

  test('one step at a time ends with a question and holds the answer back until the user says go on', () => {
    const memory = '- Always: give one small step at a time and ask for confirmation before the next step.';
    const first = agentReply(ASK, { memory, seed: 4 });
    expect(checkRule('one-step-then-confirm', first, { userMessage: ASK })).toBe(true);
    expect(finalAnswerOf(first)).toBeNull();
    const next = agentReply([{ role: 'user', content: ASK }, { role: 'assistant', content: first }, { role: 'user', content: 'Yes, go on.' }], { memory, seed: 5 });
    expect(finalAnswerOf(next)).not.toBeNull();
  });
});
