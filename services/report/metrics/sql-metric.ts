import type { MetricInfo } from './metric.ts';

/**
 * A metric as an entry of the table: what it is, and SQL over `session_rows` (see records/session-rows.sql).
 *
 * `over` and `per` are expressions of one row. A row for which `over` is null is in neither sum, so that no data is never zero. `per` is 1 unless
 * told. A derived metric has `profile` in their place: an aggregate over all rows of a profile and method, null where it has none.
 */
export type Metric = Omit<MetricInfo, 'headline' | 'curve' | 'clock'> & Partial<Pick<MetricInfo, 'headline' | 'curve' | 'clock'>> & (
    | { readonly kind: 'ratio' | 'median' | 'trimmed_mean' | 'count'; readonly over: string; readonly per?: string }
    | { readonly kind: 'derived'; readonly profile: string }
  );

/** `over` for a share of recorded sessions: 1 where the condition holds. */
export function recordedWhere(condition: string): string {
  return `CASE WHEN recorded THEN coalesce(${condition}, false)::INTEGER END`;
}
