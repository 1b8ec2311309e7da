import { describe, expect, test } from 'vitest';
import { checkRule, finalAnswerOf, problemBank, RULES, sameAnswer, type RuleId } from '../../catalogue/index.ts';
import { createKnowledge } from '../knowledge.ts';
import { createRandom } from '../../platform/random.ts';
import { contentWords } from '../text.ts';
import { composeReply, INCOMPATIBLE } from './compose.ts';
import type { CodeKind } from './code-part.ts';

const USER_MESSAGE = 'Hello, I need a hand with a task about almond crescents, trays, boxes';
const KINDS: (CodeKind | null)[] = [null, 'python', 'javascript', 'sql'];

function compose(rules: RuleId[], options: { seed?: number; code?: CodeKind | null; answer?: string | null } = {}): string {
  const { seed = 1, code = null, answer = '42' } = options;
  return composeReply({ rules: new Set(rules), answer, code, userMessages: [USER_MESSAGE], random: createRandom(seed) });
}

describe('a composed reply', () => {
  test.each(RULES.map(({ id }) => id))('follows %s', (rule) => {
    for (const code of KINDS) {
      for (let seed = 0; seed < 20; seed += 1) {
        // What is held back in a step-by-step reply is the answer.
        const answer = rule === 'one-step-then-confirm' ? null : '42';
        const reply = compose([rule], { seed, code, answer });
        expect(checkRule(rule, reply, { userMessage: USER_MESSAGE }), reply).not.toBe(false);
      }
    }
  });

  test('decides the rule it follows, where the rule is not about code', () => {
    const undecided = RULES.filter(({ id }) => checkRule(id, compose([id]), { userMessage: USER_MESSAGE }) === null).map(({ id }) => id);
    expect(undecided).toEqual(['snake-case-and-type-hints', 'camel-case', 'sql-keywords-upper', 'inline-comments', 'docstrings', 'specific-exceptions', 'fence-language', 'one-code-block', 'code-in-chunks']);
  });

  test('follows both rules of every pair that can stand together', () => {
    const broken: string[] = [];
    for (const one of RULES) {
      for (const other of RULES) {
        if (one.id >= other.id || one.opposes.includes(other.id) || isIncompatible(one.id, other.id)) continue;
        for (const code of KINDS) {
          const answer = one.id === 'one-step-then-confirm' || other.id === 'one-step-then-confirm' ? null : '42';
          const reply = compose([one.id, other.id], { seed: one.id.length * 100 + other.id.length, code, answer });
          for (const rule of [one.id, other.id]) {
            if (checkRule(rule, reply, { userMessage: USER_MESSAGE }) === false) broken.push(`${one.id} + ${other.id} (${code}): ${rule}`);
          }
        }
      }
    }
    expect([...new Set(broken)]).toEqual([]);
  });

  test('states its answer so that it can be read back, for every problem of the bank', () => {
    const styles: RuleId[][] = [[], ['max-three-sentences'], ['answer-first', 'headings'], ['tldr-at-end', 'derivation-shown'], ['bullets', 'confidence-estimate'], ['numbered-steps', 'several-approaches', 'takeaways']];
    for (const problem of problemBank()) {
      const answer = createKnowledge([problem]).recognize(contentWords(problem.task?.problem ?? ''))?.entry.answer ?? '';
      for (const rules of styles) {
        const found = finalAnswerOf(compose(rules, { answer }));
        expect(found !== null && sameAnswer(found, answer), `${problem.task?.problemId}: ${answer} read as ${found}`).toBe(true);
      }
    }
  });

  test('says nothing that reads as an answer when it has none', () => {
    for (const { id } of RULES) {
      const reply = compose([id], { answer: null });
      expect(finalAnswerOf(reply), reply).toBeNull();
    }
  });
});

function isIncompatible(one: RuleId, other: RuleId): boolean {
  return INCOMPATIBLE.some(([a, b]) => (a === one && b === other) || (a === other && b === one));
}
