import { METRICS } from '../../metrics/table.ts';
import type { RunRecords } from '../../records/open-records.ts';
import type { ComparedSession, SessionValue } from './input.ts';

/**
 * Every planned session of the opened records as a comparison takes it, with the values of these metrics (ratios of the metric table).
 * In a report over several runs sessions pair by the seed of their run's plan.
 */
export async function readComparedSessions(records: Pick<RunRecords, 'sql' | 'runs'>, metrics: readonly string[]): Promise<ReadSession[]> {
  const columns = metrics.flatMap((id, index) => {
    const metric = METRICS.find((known) => known.id === id);
    if (!metric || !('over' in metric)) throw new RangeError(`${id} is no metric that a single session has a value of.`);
    return [`(${metric.over})::DOUBLE AS over_${index}`, `(${metric.per ?? '1'})::DOUBLE AS per_${index}`];
  });
  const rows = await records.sql<Row>(
    `SELECT run, m.name AS method, u.name AS "user", session, status, finished, runaway, coalesce(dataset, '') AS dataset, finished AND NOT (task_judged AND turns_judged) AS unjudged,
       ${columns.join(', ')} FROM metric_rows s JOIN methods m ON m.method = s.method JOIN users u ON u."user" = s."user" ORDER BY s.method, s."user", session, run`,
  );
  return rows.map((row) => ({
    method: row.method,
    userId: row.user,
    session: row.session,
    seed: records.runs[row.run]!.seed,
    state: row.finished ? 'finished' : row.status === 'missing' ? 'missing' : 'failed',
    runaway: row.runaway,
    dataset: row.dataset,
    unjudged: row.unjudged,
    values: Object.fromEntries(metrics.map((id, index) => [id, valueOf(row[`over_${index}`], row[`per_${index}`])])),
  }));
}

function valueOf(over: unknown, per: unknown): SessionValue | null {
  return typeof over === 'number' && typeof per === 'number' ? { over, per } : null;
}

export interface ReadSession extends ComparedSession {
  /** It came to its end, and not all of its verdicts are there. */
  readonly unjudged: boolean;
}

interface Row {
  readonly run: number;
  readonly method: string;
  readonly user: string;
  readonly session: number;
  readonly status: string;
  readonly finished: boolean;
  readonly runaway: boolean;
  readonly dataset: string;
  readonly unjudged: boolean;
  readonly [value: string]: unknown;
}
