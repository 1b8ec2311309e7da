import type { MemoryRow } from './memory-row.ts';
import type { MessageView, RankedCard, SessionView, TurnView, VerdictView } from './session-view.ts';

/** The counts of one session (spec: algorithm.md 7.2); `k` is how many cards a retrieval may choose. */
export function memoryOfSession(view: SessionView, k: number): MemoryRow {
  const judged = view.turns.filter(isJudged);
  const noted = judged.filter((turn) => turn.notes !== null);
  const rankings = judged.flatMap(({ ranking, verdict }) => (ranking ? (rankingQuality(ranking, verdict.applicable, k) ?? []) : []));
  const ranks = view.turns.some(({ ranking }) => ranking !== null) && judged.length > 0;
  const vectorTurns = view.turns.flatMap(({ vector }) => vector ?? []);
  const extraction = view.extracts ? extractionOf(view.messages) : null;
  return {
    method: view.method,
    userId: view.userId,
    session: view.session,
    injected: noted.length > 0 ? sum(noted, ({ notes }) => notes!.length) : null,
    injectedApplicable: noted.length > 0 ? sum(noted, ({ notes, verdict }) => notes!.filter(({ ids }) => ids.some((id) => verdict.applicable.has(id))).length) : null,
    applicable: judged.length > 0 ? sum(judged, ({ verdict }) => verdict.applicable.size) : null,
    applicableInjected: judged.length > 0 ? sum(judged, ({ verdict, inMemory }) => [...verdict.applicable].filter((id) => inMemory.has(id)).length) : null,
    ranked: ranks ? rankings.length : null,
    ndcgSum: ranks ? sum(rankings, ({ ndcg }) => ndcg) : null,
    rankable: ranks ? sum(rankings, ({ relevant }) => relevant) : null,
    rankedInTop: ranks ? sum(rankings, ({ inTop }) => inTop) : null,
    extracted: extraction?.extracted ?? null,
    extractedRevealed: extraction?.extractedRevealed ?? null,
    revealed: extraction?.revealed ?? null,
    revealedExtracted: extraction?.revealedExtracted ?? null,
    preferences: view.preferences,
    known: view.known?.size ?? null,
    revealedSoFar: view.revealed.size,
    vectorTurns: vectorTurns.length > 0 ? vectorTurns.length : null,
    vectorChanged: vectorTurns.length > 0 ? vectorTurns.filter(({ changed }) => changed).length : null,
    coverage: view.coverage,
  };
}

/**
 * nDCG and recall at k of one ranking against the applicable preferences that some candidate expresses; one that no card holds is the extraction's loss, not the
 * ranking's. The first card of a preference counts 1, further ones nothing. Null: no such preference, or a candidate of which the records do not tell what it says.
 */
export function rankingQuality(ranking: readonly RankedCard[], applicable: ReadonlySet<string>, k: number): RankingQuality | null {
  if (ranking.some(({ note }) => note === null)) return null;
  const relevant = new Set(ranking.flatMap(({ note }) => note!.ids.filter((id) => applicable.has(id))));
  if (relevant.size === 0) return null;
  const found = new Set<string>();
  let gain = 0;
  ranking.slice(0, k).forEach(({ note }, place) => {
    const fresh = note!.ids.filter((id) => relevant.has(id) && !found.has(id));
    if (fresh.length > 0) gain += discount(place);
    for (const id of fresh) found.add(id);
  });
  let best = 0;
  for (let place = 0; place < Math.min(k, relevant.size); place += 1) best += discount(place);
  return { ndcg: gain / best, relevant: relevant.size, inTop: found.size };
}

function discount(place: number): number {
  return 1 / Math.log2(place + 2);
}

/** Each message against what it enforced itself. */
function extractionOf(messages: readonly MessageView[]): Pick<Record<keyof MemoryRow, number>, 'extracted' | 'extractedRevealed' | 'revealed' | 'revealedExtracted'> {
  return {
    extracted: sum(messages, ({ extracted }) => extracted.length),
    extractedRevealed: sum(messages, ({ extracted, enforced }) => extracted.filter(({ ids }) => ids.some((id) => enforced.includes(id))).length),
    revealed: sum(messages, ({ enforced }) => enforced.length),
    revealedExtracted: sum(messages, ({ extracted, enforced }) => enforced.filter((id) => extracted.some(({ ids }) => ids.includes(id))).length),
  };
}

function isJudged(turn: TurnView): turn is TurnView & { verdict: VerdictView } {
  return turn.verdict !== null;
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

interface RankingQuality {
  ndcg: number;
  /** Applicable preferences that a candidate expresses, and how many of them are among the first k. */
  relevant: number;
  inTop: number;
}
