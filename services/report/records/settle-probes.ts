import { TurnVerdict, VerdictStatus, verdictStatusToJSON } from '../../gen/attune/judge/v1/judge.ts';
import { bySchedule } from './by-schedule.ts';
import type { Database } from './database.ts';
import { openLines } from './line-index.ts';
import type { RunLines } from './load-lines.ts';

/**
 * Fills `probe_turns`: what of each scored reply to a planted probe is counted, since the plan and not the judge says which candidate applies there. Only these verdicts
 * are read a second time. Call it after copies were dropped.
 */
export async function settleProbes(database: Database, runs: readonly RunLines[]): Promise<void> {
  await database.run(
    'CREATE TEMP TABLE probe_turns (run INTEGER, method INTEGER, "user" INTEGER, session INTEGER, turn INTEGER, applicable INTEGER, followed INTEGER, violated INTEGER, "over" INTEGER)',
  );
  const readers = runs.map(({ verdicts }) => (verdicts.exists ? openLines(verdicts) : null));
  try {
    const settled: number[][] = [];
    for await (const { run, method, user, session, turn, line, candidates, expected } of database.stream<Place>(PLACES)) {
      const judged = (JSON.parse(readers[run]!.read(line)) as Written).turns.turns?.find((verdict) => (verdict.turn ?? 0) === turn);
      if (judged?.status !== SCORED) continue;
      const found = TurnVerdict.fromJSON(judged);
      const { applicableIds, followedIds, violations, overAppliedIds } = bySchedule(found, { candidateIds: candidates.items, expectedId: expected });
      const violated = new Set(violations.map(({ preferenceId }) => preferenceId).filter((id) => applicableIds.includes(id)));
      settled.push([
        run, method, user, session, turn, applicableIds.length,
        applicableIds.filter((id) => followedIds.includes(id) && !violated.has(id)).length, violated.size,
        new Set(overAppliedIds.filter((id) => !applicableIds.includes(id))).size,
      ]);
    }
    await database.append('probe_turns', (appender) => {
      for (const row of settled) {
        for (const value of row) appender.appendInteger(value);
        appender.endRow();
      }
    });
  } finally {
    for (const reader of readers) reader?.close();
  }
}

const PLACES = `
  SELECT s.run, s.method, s."user", s.session, s.probe_turn AS turn, v.line, s.probe_candidates AS candidates, s.probe_expected AS expected
  FROM session_facts s
  JOIN verdict_facts v ON v.stage = 'turns' AND (v.run, v.method, v."user", v.session) = (s.run, s.method, s."user", s.session)
  WHERE s.probe_asked AND s.probe_expected IS NOT NULL`;

const SCORED = verdictStatusToJSON(VerdictStatus.SCORED);

/** What is needed of a verdict on turns; the rest of the line, already checked, is not made into messages again. */
interface Written {
  readonly turns: { readonly turns?: readonly { readonly turn?: number; readonly status?: string }[] };
}

interface Place {
  readonly run: number;
  readonly method: number;
  readonly user: number;
  readonly session: number;
  readonly turn: number;
  /** Of the verdict, from 0. */
  readonly line: number;
  readonly candidates: { readonly items: string[] };
  readonly expected: string;
}
