import { mcnemar } from '../../statistics/mcnemar.ts';
import { FLIPS_LISTED } from './family.ts';
import type { Grid } from './grid.ts';
import type { SessionValue } from './input.ts';
import type { CompareFlips } from './model.ts';

/** Compares success session by session with the baseline's; `success` as filled in, by row and column. */
export function flipsOf(grid: Grid, success: readonly (readonly (SessionValue | null)[])[], row: number): CompareFlips {
  const counts = { sessions: 0, both: 0, neither: 0, lost: 0, won: 0 };
  const lostSessions: { userId: string; session: number }[] = [];
  grid.columns.forEach(({ userId, session }, column) => {
    const before = success[grid.baseline]![column];
    const now = success[row]![column];
    if (!before || !now) return;
    counts.sessions += 1;
    const flip = before.over > 0 ? (now.over > 0 ? 'both' : 'lost') : now.over > 0 ? 'won' : 'neither';
    counts[flip] += 1;
    if (flip === 'lost' && lostSessions.length < FLIPS_LISTED) lostSessions.push({ userId, session });
  });
  const test = mcnemar(counts.lost, counts.won);
  return { method: grid.methods[row]!, ...counts, pExact: test?.exact ?? null, pMid: test?.midP ?? null, lostSessions };
}
