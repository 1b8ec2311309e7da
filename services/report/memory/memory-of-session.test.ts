import { describe, expect, test } from 'vitest';
import { VectorMode } from '../../gen/attune/preference/v1/preference.ts';
import { rankingQuality } from './memory-of-session.ts';
import { readAll, sampleItem, sampleRetrieval, TEXTS } from './sample-trajectory.ts';
import type { RankedCard } from './session-view.ts';

const rowsOf = async (items: Parameters<typeof readAll>[0]) => (await readAll(items)).map(({ row }) => row);
const bullets = (...notes: string[]) => notes.map((note) => `- ${note}`).join('\n');

describe('memory precision and recall', () => {
  test('notes that apply among notes, and applicable preferences in the prompt among all that apply, over scored turns', async () => {
    const [row] = await rowsOf([
      sampleItem(0, [
        { block: bullets(TEXTS.steps, TEXTS.short, TEXTS.junk), applicable: ['steps', 'bullets'] },
        { block: bullets(TEXTS.steps), applicable: ['steps'] },
        { block: bullets(TEXTS.junk, TEXTS.junk) },
      ]),
    ]);
    expect(row).toMatchObject({ injected: 4, injectedApplicable: 2, applicable: 3, applicableInjected: 2 });
  });

  test('a planted probe says itself which of its candidates applies', async () => {
    const probe = { candidateIds: ['steps', 'bullets'], expectedId: 'bullets' };
    const [row] = await rowsOf([sampleItem(0, [{ block: bullets(TEXTS.steps, TEXTS.bullets), applicable: ['steps', 'short'], probePlanted: true }], { probe })]);
    expect(row).toMatchObject({ injected: 2, injectedApplicable: 1, applicable: 2, applicableInjected: 1 });
  });

  test('null where nothing can be said, not 0', async () => {
    const [unjudged] = await rowsOf([sampleItem(0, [{ block: bullets(TEXTS.steps) }])]);
    expect(unjudged).toMatchObject({ injected: null, injectedApplicable: null, applicable: null, applicableInjected: null, ranked: null, extracted: null, vectorTurns: null, coverage: null });
    const [nothing] = await rowsOf([sampleItem(0, [{ applicable: ['steps'] }])]);
    expect(nothing).toMatchObject({ injected: 0, applicable: 1, applicableInjected: 0, known: null });
  });

  test('a history has no notes to be precise about; the words of the user in it count as recalled', async () => {
    const said = 'When a procedure is explained, please use numbered steps.\nThank you.';
    const [, row] = await rowsOf([
      sampleItem(0, [{ says: said, enforces: ['steps'] }]),
      sampleItem(1, [{ block: `Session 1:\nAgent: Hello.\nUser: ${said}`, applicable: ['steps', 'bullets'], coverage: 0.75 }]),
    ]);
    expect(row).toMatchObject({ injected: null, injectedApplicable: null, applicable: 2, applicableInjected: 1, known: 1, coverage: 0.75 });
  });
});

describe('ranking', () => {
  const ranking = (...ids: (string | null)[][]): RankedCard[] =>
    ids.map((found, index) => ({ cardId: `c${index}`, note: found.includes(null) ? null : { text: '', ids: found as string[] }, chosen: index < 2, probability: 0, bonus: 0 }));

  test('nDCG and recall at k, by hand', () => {
    const applicable = new Set(['a', 'b', 'unheld']);
    // The second and the fourth place count; the best would be the first two.
    const found = rankingQuality(ranking(['x'], ['a'], ['a'], ['b']), applicable, 3)!;
    expect(found.ndcg).toBeCloseTo(1 / Math.log2(3) / (1 + 1 / Math.log2(3)), 12);
    expect(found).toMatchObject({ relevant: 2, inTop: 1 });
    expect(rankingQuality(ranking(['b'], ['a'], ['x']), applicable, 3)).toEqual({ ndcg: 1, relevant: 2, inTop: 2 });
    expect(rankingQuality(ranking(['x'], []), applicable, 3)).toBeNull();
    expect(rankingQuality(ranking(['a'], [null]), applicable, 3)).toBeNull();
  });

  test('cards are known by what was stored, chosen ones first', async () => {
    const stores = [['c1', TEXTS.thanks], ['c2', TEXTS.steps], ['c3', TEXTS.short]] as const;
    const [row] = await rowsOf([
      sampleItem(0, [
        { stores, retrieval: sampleRetrieval(['c2', 'c1', 'c3'], 1), block: bullets(TEXTS.steps), applicable: ['short', 'steps'] },
        { retrieval: sampleRetrieval(['c1', 'c2', 'c3'], 2), block: bullets(TEXTS.thanks, TEXTS.steps), applicable: ['short'] },
      ]),
    ]);
    expect(row).toMatchObject({ ranked: 2, rankable: 3, rankedInTop: 1, vectorTurns: 2, vectorChanged: 0 });
    expect(row!.ndcgSum).toBeCloseTo(1 / (1 + 1 / Math.log2(3)), 12);
  });

  test('how often the vector changed what was chosen; order alone is no change, and a vector held at zero takes no part', async () => {
    const [row] = await rowsOf([
      sampleItem(0, [
        { retrieval: sampleRetrieval(['c1', 'c2', 'c3'], 2, { without: ['c2', 'c1'] }) },
        { retrieval: sampleRetrieval(['c1', 'c2', 'c3'], 2, { without: ['c1', 'c3'] }) },
        { retrieval: sampleRetrieval(['c1', 'c2'], 2, { vectorMode: VectorMode.FROZEN }) },
        { retrieval: sampleRetrieval([], 0) },
      ]),
    ]);
    expect(row).toMatchObject({ vectorTurns: 2, vectorChanged: 1, ranked: null });
  });
});

test('extraction against what each message enforced; the last message counts too', async () => {
  const rows = await rowsOf([
    sampleItem(0, [
      { enforces: ['steps', 'bullets'], extracts: ['use numbered steps with a short transition', 'say it again like that'] },
      { extracts: [TEXTS.short] },
    ]),
    sampleItem(1, [{ enforces: ['short'] }]),
  ]);
  expect(rows[0]).toMatchObject({ extracted: 3, extractedRevealed: 1, revealed: 2, revealedExtracted: 1, known: 2, revealedSoFar: 2, preferences: 4 });
  // Known stays known, and a method that has extracted once goes on doing so.
  expect(rows[1]).toMatchObject({ extracted: 0, extractedRevealed: 0, revealed: 1, revealedExtracted: 0, known: 2, revealedSoFar: 3 });
});

test('sessions out of order and users without a profile are refused', async () => {
  await expect(readAll([sampleItem(1, []), sampleItem(0, [])])).rejects.toMatchObject({ code: 'internal' });
  await expect(readAll([sampleItem(0, [], { userId: 'stranger' })])).rejects.toMatchObject({ code: 'failed_precondition' });
  // Another method starts anew.
  await expect(readAll([sampleItem(0, []), sampleItem(0, [], { method: 'other' })])).resolves.toHaveLength(2);
});
