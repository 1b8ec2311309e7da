import type { DuckDBValue } from '@duckdb/node-api';
import type { RunRecords } from '../records/open-records.ts';
import type { Metric } from './sql-metric.ts';

/** What one metric comes to in each profile: the profile's value is `over` by `per`. */
export interface ProfileSums {
  /** One entry for each user, in the order of the records. */
  readonly over: Float64Array;
  readonly per: Float64Array;
  /** Sessions behind the sums; profiles for a derived metric. */
  readonly n: number;
}

/** Sums of metrics for each method, in the order of the records' methods; medians and trimmed means have none. */
export async function readProfileSums(records: RunRecords, metrics: readonly Metric[]): Promise<ReadonlyMap<string, ProfileSums>[]> {
  const summed = metrics.filter(isSummed);
  const columns = await records.columns(
    `SELECT method, "user", ${summed.flatMap((metric, index) => aggregates(metric).map((sql, part) => `${sql} AS ${name(index, part)}`)).join(', ')}
     FROM metric_rows GROUP BY method, "user" ORDER BY method, "user"`,
  );
  return records.manifest.methods.map((_, method) => new Map(summed.map((metric, index) => [metric.id, sumsOf(columns, method, index, records.inputs.profiles.length)])));
}

/**
 * The same for every session index of one method: a list by session for each metric. Only metrics with sums of sessions have them.
 */
export async function readSessionSums(records: RunRecords, method: number, metrics: readonly Metric[]): Promise<ReadonlyMap<string, readonly ProfileSums[]>> {
  const users = records.inputs.profiles.length;
  const sessions = records.manifest.plan.sessionsPerTrajectory;
  const columns = await records.columns(
    `SELECT session, "user", ${metrics.flatMap((metric, index) => aggregates(metric).map((sql, part) => `${sql} AS ${name(index, part)}`)).join(', ')}
     FROM metric_rows WHERE method = ${method} GROUP BY session, "user" ORDER BY session, "user"`,
  );
  const at = columns['session'] ?? [];
  return new Map(
    metrics.map((metric, index) => {
      const points = Array.from({ length: sessions }, () => ({ over: new Float64Array(users), per: new Float64Array(users), n: 0 }));
      for (let row = 0; row < at.length; row += 1) {
        const point = points[Number(at[row])]!;
        const user = Number(columns['user']![row]);
        point.over[user] = Number(columns[name(index, 0)]![row]);
        point.per[user] = Number(columns[name(index, 1)]![row]);
        point.n += Number(columns[name(index, 2)]![row]);
      }
      return [metric.id, points];
    }),
  );
}

/** Values of single sessions for medians and trimmed means: sorted, each with its user. */
export async function readSortedValues(records: RunRecords, method: number, metric: Metric): Promise<SortedValues> {
  if (metric.kind === 'derived') throw new RangeError(`Expected a metric over sessions, found ${metric.id}.`);
  const columns = await records.columns(
    `SELECT "user", value FROM (SELECT "user", (${metric.over})::DOUBLE AS value FROM metric_rows WHERE method = ${method}) WHERE value IS NOT NULL ORDER BY value, "user"`,
  );
  // A query without rows has no columns.
  return { values: Float64Array.from(columns['value'] ?? [], Number), users: Uint32Array.from(columns['user'] ?? [], Number) };
}

export interface SortedValues {
  /** Ascending. */
  readonly values: Float64Array;
  readonly users: Uint32Array;
}

function isSummed(metric: Metric): boolean {
  return metric.kind !== 'median' && metric.kind !== 'trimmed_mean';
}

/** Sum of over, sum of per, and how many sessions (or profiles) stand behind them. */
function aggregates(metric: Metric): [over: string, per: string, n: string] {
  if (metric.kind === 'derived') {
    const value = `(${metric.profile})::DOUBLE`;
    return [`coalesce(${value}, 0)`, `(${value} IS NOT NULL)::INTEGER`, `(${value} IS NOT NULL)::INTEGER`];
  }
  const over = `(${metric.over})::DOUBLE`;
  const per = `(${metric.per ?? '1'})::DOUBLE`;
  const counts = `FILTER (${over} IS NOT NULL AND ${per} IS NOT NULL)`;
  return [`coalesce(sum(${over}) ${counts}, 0)`, `coalesce(sum(${per}) ${counts}, 0)`, `count(*) FILTER (${over} IS NOT NULL AND ${per} > 0)`];
}

function name(metric: number, part: number): string {
  return `m${metric}_${part}`;
}

function sumsOf(columns: Record<string, DuckDBValue[]>, method: number, index: number, users: number): ProfileSums {
  const sums = { over: new Float64Array(users), per: new Float64Array(users), n: 0 };
  const methods = columns['method'] ?? [];
  for (let row = 0; row < methods.length; row += 1) {
    if (Number(methods[row]) !== method) continue;
    const user = Number(columns['user']![row]);
    sums.over[user] = Number(columns[name(index, 0)]![row]);
    sums.per[user] = Number(columns[name(index, 1)]![row]);
    sums.n += Number(columns[name(index, 2)]![row]);
  }
  return sums;
}
