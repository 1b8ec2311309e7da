import { describe, expect, test } from 'vitest';
import { inTurn, SAMPLE_PROFILE, sampleItem, sampleRetrieval, TEXTS } from '../../memory/sample-trajectory.ts';
import { evidenceOf } from './evidence.ts';
import { renderEvidence } from './render-evidence.ts';

const SESSIONS = [
  sampleItem(0, [
    { says: 'How do I set it up?', stores: [['c-junk', TEXTS.junk]] },
    { says: 'When a procedure is explained, please use numbered steps.', enforces: ['steps'], extracts: [TEXTS.steps], stores: [['c-steps', TEXTS.steps]] },
  ]),
  sampleItem(1, [
    {
      says: 'Thanks. And how do I take it apart, briefly?',
      reply: 'First loosen the screws, then lift the lid. Take out the board. Wipe it. Done.',
      block: `For requests like this one:\n- ${TEXTS.bullets}\n- ${TEXTS.junk}`,
      cardIds: ['c-bullets', 'c-junk'],
      stores: [['c-bullets', TEXTS.bullets]],
      retrieval: sampleRetrieval(['c-bullets', 'c-junk', 'c-steps'], 2),
      applicable: ['steps', 'short', 'thanks'],
      followed: ['thanks'],
      disagreed: ['short'],
      checks: { steps: false },
    },
    { says: 'That is all.', last: true },
  ]),
];
const at = (session: number, turn: number) => evidenceOf(inTurn(SESSIONS), SAMPLE_PROFILE, { session, turn });

describe('evidence of one turn', () => {
  test('what was stated, extracted, ranked and in the prompt, and everybody’s word', async () => {
    await expect(renderEvidence(await at(1, 0))).toMatchFileSnapshot('golden/evidence.txt');
  });

  test('as data: the rank of the card that says it, and the rule asked again', async () => {
    const { violations, followed, unscored } = await at(1, 0);
    expect({ followed, unscored }).toEqual({ followed: ['thanks'], unscored: null });
    expect(violations).toMatchObject([
      { preferenceId: 'steps', cause: 'lost_in_conflict', ranking: { candidates: 3, cards: [{ cardId: 'c-steps', rank: 3, chosen: false }] }, rule: { name: 'numbered-steps', holds: false }, simulator: { applies: true, satisfied: false } },
      { preferenceId: 'short', cause: 'judge_and_rule_disagree', stated: [], rule: { name: 'max-three-sentences', holds: false, judgeDisagreed: true }, simulator: null },
    ]);
  });

  test('a turn without a verdict, and turns that are not there', async () => {
    expect(renderEvidence(await at(0, 1))).toContain('No verdict: it was not judged');
    await expect(at(1, 1)).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('the turns 0') });
    await expect(at(2, 0)).rejects.toMatchObject({ code: 'not_found' });
  });
});
