import { describe, expect, test } from 'vitest';
import { recognizeRules } from '../../catalogue/index.ts';
import { rate, structured } from '../testing.ts';

const WISH = 'When I ask for a proof, please end with a one-line TL;DR.';
const CONVERSATION = `User: It is about crescents.\nAgent: Use a table.\n\nThe answer is 1.\nUser: Hold on. ${WISH} Redo your last message that way.\nAgent: Sure.`;

describe('the note writer', () => {
  const write = (notes: string, conversation: string, seed = 0) => String(structured('reflection_notes', `<notes>\n${notes}\n</notes>\n<conversation>\n${conversation}\n</conversation>`, seed).agent_notes);

  test('writes down what the user asked for, with its condition, and nothing that the agent said', () => {
    const kept = rate(200, (seed) => write('', CONVERSATION, seed) === '- When the user asks for a proof, end with a one-line TL;DR.');
    expect(kept).toBeGreaterThan(0.85);
    expect(kept).toBeLessThan(1);
    expect(rate(50, (seed) => /table/.test(write('', CONVERSATION, seed)))).toBe(0);
    expect(write('', 'User: It is about crescents.\nAgent: The answer is 1.')).toBe('');
  });

  test('keeps old notes, loses few, and writes a wish down once', () => {
    const old = '- Always: use bullets.\n- The user keeps bees.';
    expect(rate(200, (seed) => write(old, CONVERSATION, seed).includes('The user keeps bees.'))).toBeGreaterThan(0.94);
    const once = write('- When the user asks for a proof, end with a one-line TL;DR.', CONVERSATION, 1);
    expect(once.match(/TL;DR/g)).toHaveLength(1);
  });

  test('the selector copies the notes that fit what the user says', () => {
    const notes = '- Always: use bullets.\n- When the user asks for a proof, end with a one-line TL;DR.\n- When the user is practising for an exam, add a similar exercise.';
    const select = (message: string) => structured('relevant_notes', `<notes>\n${notes}\n</notes>\n<conversation>\nUser: ${message}\n</conversation>`).relevant_notes;
    expect(select('I need the proof of it.')).toBe('- Always: use bullets.\n- When the user asks for a proof, end with a one-line TL;DR.');
    expect(select('It is about boxes.')).toBe('- Always: use bullets.');
  });

  test('a summary keeps most wishes of the old summary and of the conversation', () => {
    const summarize = (summary: string, conversation: string, seed: number) => String(structured('session_summary', `<summary>\n${summary}\n</summary>\n<conversation>\n${conversation}\n</conversation>`, seed).summary);
    const kept = rate(200, (seed) => {
      const rules = recognizeRules(summarize('Always: use bullets.', CONVERSATION, seed).replace(/^Always: /, ''));
      return rules.length > 0;
    });
    expect(kept).toBeGreaterThan(0.8);
    expect(summarize('', 'User: Hello.\nAgent: Hi.', 0)).not.toBe('');
    const endless = Array.from({ length: 200 }, (_, index) => `User: When I say "case ${index}", please use bullets.`).join('\n');
    expect(summarize('', endless, 0).length).toBeLessThanOrEqual(2000);
  });
});

describe('the extractor', () => {
  const extract = (message: string, seed = 0) => structured('extracted_preferences', `<message>\n${message}\n</message>`, seed).preferences as { condition: string; action: string; confidence: number }[];

  test('finds nearly every wish, with its condition', () => {
    const found = rate(200, (seed) => extract(`Hold on. ${WISH}`, seed).some(({ condition, action }) => /proof/.test(condition) && recognizeRules(action).includes('tldr-at-end')));
    expect(found).toBeGreaterThan(0.93);
    expect(extract('From now on, please use bullets.', 1)).toContainEqual(expect.objectContaining({ condition: '' }));
  });

  test('takes some other sentences for wishes, and none out of thin air', () => {
    const invented = rate(200, (seed) => extract('It has to do with seven trays of crescents.', seed).length > 0);
    expect(invented).toBeGreaterThan(0.2);
    expect(invented).toBeLessThan(0.4);
    expect(extract('Yes.')).toEqual([]);
  });
});

describe('the task judge', () => {
  const judge = (answer: string, seed = 0) => structured('task_verdict', `<problem>\nHow many?\n</problem>\n<reference>\nSeven times six.\nAnswer: 42\n</reference>\n<answer>\n${answer}\n</answer>`, seed).accuracy;

  test('compares with the reference and errs at a set rate', () => {
    const right = rate(400, (seed) => judge('x = 42', seed) === 1);
    const wrong = rate(400, (seed) => judge('41', seed) === 1);
    expect(right).toBeGreaterThan(0.93);
    expect(right).toBeLessThan(1);
    expect(wrong).toBeLessThan(0.07);
    expect(wrong).toBeGreaterThan(0);
  });

  test('never takes no answer for a right one', () => {
    for (const answer of ['', "I don't know"]) expect(rate(100, (seed) => judge(answer, seed) === 1)).toBe(0);
  });
});

describe('the preference judge', () => {
  const PREFERENCES = ['1. use bullets', '2. When I am practising for an exam: add a similar exercise', '3. be like a good wine', '4. When I say "quick question": end with a one-line TL;DR'];
  const DIALOGUE = [
    '[agent greeting] Hello!',
    '[user] Quick question about crescents.',
    '[agent turn 0] Could you tell me more about what is given?',
    '[user] Seven trays.',
    '[agent turn 1] - All are counted.\n\nThe answer is 1.\n\nExercise for you: the same with nine.',
  ].join('\n\n');
  const session = (seed: number, preferences = PREFERENCES) =>
    structured('session_verdicts', `<dialogue>\n${DIALOGUE}\n</dialogue>\n<preferences>\n${preferences.join('\n')}\n</preferences>`, seed).turns as Verdict[];

  test('judges each turn by the rules, with few errors', () => {
    const exact = rate(200, (seed) => {
      const [clarifying, answered, ...rest] = session(seed);
      expect(rest).toEqual([]);
      expect(clarifying).toMatchObject({ turn: 0, applicable_preferences: [], followed: [], violated: [], over_personalization: [] });
      for (const { preference } of answered!.violated) expect(answered!.followed).not.toContain(preference);
      return JSON.stringify([answered!.applicable_preferences, answered!.followed, answered!.violated, answered!.over_personalization]) === JSON.stringify([[1, 4], [1], [{ preference: 4, type: 'wrong_format' }], [2]]);
    });
    expect(exact).toBeGreaterThan(0.82);
    expect(exact).toBeLessThan(1);
  });

  test('the order of the preferences changes no verdict', () => {
    const reversed = ['1. When I say "quick question": end with a one-line TL;DR', '2. be like a good wine', '3. When I am practising for an exam: add a similar exercise', '4. use bullets'];
    for (let seed = 0; seed < 40; seed += 1) {
      const one = session(seed)[1]!;
      const other = session(seed, reversed)[1]!;
      expect(new Set(other.followed.map((number) => 5 - number))).toEqual(new Set(one.followed));
      expect(new Set(other.violated.map(({ preference }) => 5 - preference))).toEqual(new Set(one.violated.map(({ preference }) => preference)));
    }
  });

  test('one turn alone gets the verdict that it gets in the session', () => {
    const content = `<dialogue>\n${DIALOGUE}\n</dialogue>\n<preferences>\n${PREFERENCES.join('\n')}\n</preferences>\n<turn>1</turn>`;
    expect(structured('turn_verdict', content, 3)).toEqual(session(3)[1]);
  });
});

describe('the preference judge and what the user asked for in the dialogue', () => {
  test('a preference that gives way is listed as overruled and nowhere else', () => {
    const dialogue = '[user] How many are there?\n\n[agent turn 0] Four and three.\n\n[user] Please show the full derivation with its intermediate results.\n\n[agent turn 1] Seven in all. That is it.';
    const judge = (seed: number) => structured('session_verdicts', `<dialogue>\n${dialogue}\n</dialogue>\n<preferences>\n1. answer in three sentences at most\n</preferences>`, seed).turns as (Verdict & { overruled: number[] })[];
    expect(rate(100, (seed) => judge(seed)[0]!.applicable_preferences.length === 1)).toBeGreaterThan(0.9);
    for (let seed = 0; seed < 20; seed += 1) {
      expect(judge(seed)[0]).toMatchObject({ overruled: [] });
      expect(judge(seed)[1]).toMatchObject({ overruled: [1], applicable_preferences: [], followed: [], violated: [], over_personalization: [] });
    }
  });
});

describe('the judge of a probe', () => {
  const BULLETS = 'When several items are listed: use bullets';
  const STEPS = 'When a procedure is explained: use numbered steps';
  const ask = (reply: string, seed = 0, preferences = [BULLETS, STEPS]) =>
    (structured('probe_verdict', `<dialogue>\n[user] How do I fold four kinds of crescents?\n\n[agent turn 0] ${reply}\n</dialogue>\n<preferences>\n${preferences.map((text, i) => `${i + 1}. ${text}`).join('\n')}\n</preferences>`, seed).followed as number[]).map((number) => preferences[number - 1]!);

  test.each([
    ['one', '- Take flour.\n- Roll it.', [BULLETS]],
    ['the other', '1. Take flour.\n2. Roll it.', [STEPS]],
    ['neither', 'Take flour and roll it.', []],
    ['several', '- Plain ones.\n- Filled ones.\n\n1. Take flour.\n2. Roll it.', [BULLETS, STEPS]],
    ['neither when the reply only asks back', 'Which kinds do you mean?', []],
  ])('mostly finds that the reply followed %s', (_, reply, expected) => {
    const found = rate(300, (seed) => JSON.stringify(ask(reply, seed).sort()) === JSON.stringify([...expected].sort()));
    expect(found).toBeGreaterThan(0.9);
    expect(found).toBeLessThan(1);
  });

  test('errs towards neither side, and the order of the preferences changes nothing', () => {
    const wrong = Array.from({ length: 600 }, (_, seed) => ask('- Take flour.\n- Roll it.', seed)).filter((followed) => followed[0] !== BULLETS);
    expect(wrong.filter((followed) => followed[0] === STEPS).length).toBeGreaterThan(5);
    expect(wrong.filter((followed) => followed.length === 0).length).toBeGreaterThan(5);
    for (let seed = 0; seed < 60; seed += 1) expect(ask('- Take flour.\n- Roll it.', seed, [STEPS, BULLETS])).toEqual(ask('- Take flour.\n- Roll it.', seed));
  });
});

describe('the judge of two dialogues', () => {
  const inBullets = '[user] How many are there?\n\n[agent turn 0] - Four.\n- And three.';
  const inProse = '[user] How many are there?\n\n[agent turn 0] Four, and three.';
  const ask = (first: string, second: string, seed: number) => structured('pair_verdict', `<preferences>\n1. use bullets\n</preferences>\n<first>\n${first}\n</first>\n<second>\n${second}\n</second>`, seed).better;

  test('mostly prefers what keeps more preferences, wherever it stands', () => {
    const first = rate(300, (seed) => ask(inBullets, inProse, seed) === 'first');
    const second = rate(300, (seed) => ask(inProse, inBullets, seed) === 'second');
    for (const found of [first, second]) {
      expect(found).toBeGreaterThan(0.85);
      expect(found).toBeLessThan(1);
    }
  });

  test('calls equal ones a tie, or now and then the one shown first', () => {
    const tie = rate(300, (seed) => ask(inProse, inProse, seed) === 'tie');
    expect(tie).toBeGreaterThan(0.65);
    expect(tie).toBeLessThan(0.85);
    expect(rate(300, (seed) => ask(inProse, inProse, seed) === 'second')).toBe(0);
  });
});

interface Verdict {
  applicable_preferences: number[];
  followed: number[];
  violated: { preference: number; type: string }[];
  over_personalization: number[];
}
