import { describe, expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/lab.ts';
import { CardEffect } from '../../gen/attune/preference/v1/preference.ts';
import { handMade } from '../../../test/support/vectors.ts';

const USER = { runId: 'r', method: 'rag', userId: 'u' };
const wish = (action: string, condition = '') => ({ condition, action, confidence: 0.5 });
const remember = (lab: Lab, session: number, turn: number, preferences: ReturnType<typeof wish>[], user = USER) => lab.store.remember({ key: { user, session }, turn, preferences });
const cardsOf = async (lab: Lab, user = USER) => (await lab.store.getUserState({ user })).cards;

describe('Remember', () => {
  test('stores cards with all that is known of them', async () => {
    await using lab = await openLab();
    const { cardIds, created, usage } = await remember(lab, 2, 3, [wish('Use tables.', 'comparing things'), wish('Be brief')]);
    expect(created).toBe(2);
    expect(usage).toMatchObject([{ role: 'embedding', calls: 1 }]);
    const cards = await cardsOf(lab);
    expect(cards.map(({ cardId }) => cardId)).toEqual(cardIds);
    expect(cards[0]).toMatchObject({
      note: 'When comparing things, use tables.', condition: 'comparing things', action: 'Use tables.', isGlobal: false, createdSession: 2, createdTurn: 3,
      lastSeenSession: 2, lastSeenTurn: 3, confirmations: 0, supersededBy: '', confidence: 0.5,
    });
    expect(cards[0]!.embedding).toHaveLength(0);
    expect(cards[1]).toMatchObject({ note: 'Always: Be brief.', isGlobal: true });
    const full = await lab.store.getUserState({ user: USER, withEmbeddings: true });
    const vector = new Float32Array(new Uint8Array(full.cards[0]!.embedding).buffer);
    expect(vector).toHaveLength(384);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });

  test('a wish voiced again confirms its card and changes neither its id nor its age', async () => {
    await using lab = await openLab();
    const first = await remember(lab, 0, 0, [wish('Be brief')]);
    const again = await remember(lab, 1, 2, [wish('be  BRIEF!'), wish('Be kind')]);
    expect(again).toMatchObject({ created: 1, cardIds: [first.cardIds[0], expect.stringMatching(/-5\w{3}-/)] });
    expect((await cardsOf(lab))[0]).toMatchObject({ note: 'Always: Be brief.', confirmations: 1, createdSession: 0, lastSeenSession: 1, lastSeenTurn: 2 });
  });

  test('tells what each preference did to the cards, and where new ones lie when asked', async () => {
    const itemSpace = { sha256: 'two', dimensions: 2, project: (embedding: Float32Array) => embedding.slice(0, 2) };
    await using lab = await openLab({ itemSpace });
    const ask = (turn: number, preferences: ReturnType<typeof wish>[], withItemVectors = true) => lab.store.remember({ key: { user: USER, session: 0 }, turn, preferences, withItemVectors });
    const { cardIds, stored } = await ask(0, [wish('Be brief')]);
    expect(stored).toEqual([{ cardId: cardIds[0], note: 'Always: Be brief.', effect: CardEffect.CREATED, supersededCardId: '', itemVector: expect.objectContaining({ length: 8 }) }]);
    expect((await ask(0, [wish('Be loud')])).stored).toEqual(stored);
    const again = await ask(1, [wish('be brief!'), wish('Be kind')]);
    expect(again.stored.map(({ cardId, effect, itemVector }) => [cardId, effect, itemVector.length])).toEqual([[cardIds[0], CardEffect.CONFIRMED, 0], [again.cardIds[1], CardEffect.CREATED, 8]]);
    expect((await ask(2, [wish('Be calm')], false)).stored[0]!.itemVector).toHaveLength(0);
  });

  test('a second delivery of a turn changes nothing, whatever it says', async () => {
    await using lab = await openLab();
    const first = await remember(lab, 0, 0, [wish('Be brief')]);
    const before = await lab.store.getUserState({ user: USER });
    expect(await remember(lab, 0, 0, [wish('Be brief')])).toEqual({ ...first, created: 0, usage: [] });
    expect(await remember(lab, 0, 0, [wish('Be loud')])).toEqual({ cardIds: [], created: 0, usage: [], stored: first.stored });
    expect(await lab.store.getUserState({ user: USER })).toEqual(before);
  });

  test('deliveries of one turn at the same time store it once', async () => {
    await using lab = await openLab();
    const all = await Promise.all(Array.from({ length: 5 }, () => remember(lab, 0, 0, [wish('Be brief'), wish('Be kind')])));
    expect(all.map(({ created }) => created).sort((a, b) => a - b)).toEqual([0, 0, 0, 0, 2]);
    expect(new Set(all.map(({ cardIds }) => cardIds.join())).size).toBe(1);
    expect((await cardsOf(lab)).map(({ confirmations }) => confirmations)).toEqual([0, 0]);
  });

  test('turns at the same time count their own cards', async () => {
    await using lab = await openLab();
    const all = await Promise.all([0, 1, 2].map((turn) => remember(lab, 0, turn, [wish(`wish ${turn}`)])));
    expect(all.map(({ created }) => created)).toEqual([1, 1, 1]);
  });

  test('ids of cards depend on user, session, turn and note, not on the run or the method', async () => {
    await using lab = await openLab();
    const idIn = async (user: typeof USER, session: number, turn: number, action = 'Be brief') => (await remember(lab, session, turn, [wish(action)], user)).cardIds[0];
    const id = await idIn(USER, 0, 0);
    expect(await idIn({ ...USER, runId: 'other' }, 0, 0)).toBe(id);
    expect(await idIn({ ...USER, method: 'other' }, 0, 0)).toBe(id);
    const others = [
      await idIn({ ...USER, userId: 'other' }, 0, 0),
      await idIn({ ...USER, runId: 'later' }, 1, 0),
      await idIn({ ...USER, runId: 'turn' }, 0, 1),
      await idIn({ ...USER, runId: 'note' }, 0, 0, 'Be kind'),
    ];
    expect(new Set([id, ...others]).size).toBe(5);
  });

  test('no preferences store nothing and call no model', async () => {
    await using lab = await openLab();
    expect(await remember(lab, 0, 0, [])).toEqual({ cardIds: [], created: 0, usage: [], stored: [] });
    expect(lab.asked).toEqual([]);
    expect(await remember(lab, 0, 0, [wish('Be brief')])).toMatchObject({ created: 1 });
  });
});

describe('what is refused, with nothing written', () => {
  test('a request without a whole user key', async () => {
    await using lab = await openLab();
    const broken = [undefined, {}, { runId: 'r', method: 'm' }, { runId: 'r', userId: 'u' }, { method: 'm', userId: 'u' }];
    for (const user of broken) {
      const key = { user, session: 0 };
      const calls = [
        lab.store.remember({ key, preferences: [wish('Be brief')] }), lab.store.retrieve({ key, userMessage: 'Hi.' }), lab.store.startSession({ key }), lab.store.endSession({ key }),
        lab.store.rewind({ key }), lab.store.getUserState({ user }), lab.store.forget({ user }), lab.store.settle({ user }),
      ];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'invalid_argument' });
    }
    await expect(lab.store.remember({ preferences: [wish('Be brief')] })).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(lab.asked).toEqual([]);
  });

  test('a preference without an action', async () => {
    await using lab = await openLab();
    await expect(remember(lab, 0, 0, [wish('Be brief'), wish(' ')])).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await cardsOf(lab)).toEqual([]);
  });

  test.each([
    ['null', [null, 1]],
    ['too large for 32 bits', [1e300, 1]],
    ['a text', 'AADAfwAAgD8='],
  ])('embeddings that are not finite: %s', async (_name, embedding) => {
    await using lab = await openLab({ answer: handMade(() => embedding as unknown[], null) });
    await expect(remember(lab, 0, 0, [wish('Be brief')])).rejects.toMatchObject({ code: 'data_loss' });
    expect(await cardsOf(lab)).toEqual([]);
  });

  test('another dimension than the stored cards have', async () => {
    let dimensions = 4;
    await using lab = await openLab({ answer: handMade(() => Array.from({ length: dimensions }, () => 1), null) });
    await remember(lab, 0, 0, [wish('Show steps', 'math')]);
    const before = await lab.store.getUserState({ user: USER });
    dimensions = 6;
    const expected = { code: 'failed_precondition', message: expect.stringMatching(/gives 6 dimensions, but stored cards have 4/) };
    await expect(remember(lab, 0, 1, [wish('Be brief')])).rejects.toMatchObject(expected);
    await expect(lab.store.retrieve({ key: { user: USER, session: 0 }, userMessage: 'Hello.' })).rejects.toMatchObject(expected);
    expect(await lab.store.getUserState({ user: USER })).toEqual(before);
    dimensions = 4;
    expect(await remember(lab, 0, 1, [wish('Be brief')])).toMatchObject({ created: 1 });
  });

  test('feedback without an item space', async () => {
    await using lab = await openLab();
    await expect(lab.store.applyFeedback({ key: { user: USER, session: 0 }, reward: 1, gate: 1 })).rejects.toMatchObject({ code: 'failed_precondition', message: expect.stringContaining('fit-space') });
  });
});
