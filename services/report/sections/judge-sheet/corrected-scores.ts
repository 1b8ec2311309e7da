import type { RunRecords } from '../../records/open-records.ts';
import { correctedShare, type CorrectedShare, type RefusedCorrection } from '../../statistics/corrected-share.ts';
import type { CorrectedScore, LabelFigures } from './model.ts';

/**
 * What the scores of a run would be without the judge's errors, as far as labels tell them. Verdicts of one user are not independent, so their variance is that of
 * the users' sums. Task success has a part that no judge decides, the sessions that failed by themselves; only the other part is corrected. The labels of all methods
 * count together: the judge does not know the method.
 */
export async function correctedScores(records: RunRecords, labels: readonly LabelFigures[]): Promise<CorrectedScore[]> {
  const scores: CorrectedScore[] = [];
  for (const [kind, metric, query] of SCORES) {
    const figures = labels.find((one) => one.kind === kind);
    if (!figures) continue;
    const rows = await records.sql<UserSums>(query);
    for (const [index, { name }] of records.manifest.methods.entries()) scores.push({ metric, method: name, ...correct(rows.filter(({ method }) => method === index), figures) });
  }
  return scores;
}

const SCORES = [
  ['task', 'success', `SELECT method, "user", count(*) FILTER (success IS NOT NULL) AS counted, count(*) FILTER (status = 'ok' AND correct IS NOT NULL) AS items,
     coalesce(sum(correct) FILTER (status = 'ok'), 0) AS positive FROM session_rows GROUP BY ALL ORDER BY ALL`],
  ['turns', 'compliance_micro', `SELECT method, "user", coalesce(sum(followed + violated), 0) AS counted, coalesce(sum(followed + violated), 0) AS items,
     coalesce(sum(followed), 0) AS positive FROM session_rows GROUP BY ALL ORDER BY ALL`],
] as const;

function correct(rows: readonly UserSums[], labels: LabelFigures): Omit<CorrectedScore, 'metric' | 'method'> {
  const total = (column: 'counted' | 'items' | 'positive') => rows.reduce((sum, row) => sum + Number(row[column]), 0);
  const [counted, items, positive] = [total('counted'), total('items'), total('positive')];
  const found = correctedShare({ positive, items, designEffect: designEffect(rows) }, labels);
  const raw = counted === 0 ? null : positive / counted;
  if (found.refused !== null) return { items, raw, value: null, interval: null, refused: whyRefused(found, labels) };
  // The rest are failures whatever the judge says.
  const part = items / counted;
  const scaled = ({ low, high }: CorrectedShare['interval']) => ({ low: part * low, high: part * high });
  return { items, raw, value: part * found.value, interval: scaled(found.interval), refused: null };
}

function whyRefused({ refused, skill }: RefusedCorrection, { positives, negatives, kind }: LabelFigures): string {
  if (refused === 'no_verdicts') return 'There is no verdict to correct.';
  const [yes, no] = kind === 'task' ? ['right', 'wrong'] : ['followed', 'violated'];
  if (refused === 'no_labels') return `Correcting needs labelled items of both kinds, found ${positives} truly ${yes} and ${negatives} truly ${no}; label more.`;
  return `The labels do not show that the judge is clearly better than chance (sensitivity + specificity - 1 is ${skill!.toFixed(2)} on ${positives} truly ${yes} and ${negatives} truly ${no} items); a correction would be noise. Take a better judge, or label more.`;
}

/**
 * How many times larger the variance of a ratio over users' sums is than that of as many independent items (L. Kish, Survey Sampling, 1965), by linearization; at
 * least 1, and 1 where one user, or a share of 0 or 1, leaves nothing to measure.
 */
export function designEffect(rows: readonly Pick<UserSums, 'items' | 'positive'>[]): number {
  const users = rows.filter(({ items }) => Number(items) > 0);
  const items = users.reduce((sum, row) => sum + Number(row.items), 0);
  const share = users.reduce((sum, row) => sum + Number(row.positive), 0) / items;
  if (users.length < 2 || !(share > 0 && share < 1)) return 1;
  const squares = users.reduce((sum, row) => sum + (Number(row.positive) - share * Number(row.items)) ** 2, 0);
  const variance = ((users.length / (users.length - 1)) * squares) / items ** 2;
  return Math.max(1, variance / ((share * (1 - share)) / items));
}

interface UserSums {
  readonly method: number;
  readonly user: number;
  /** What the metric is a share of. */
  readonly counted: number;
  /** What the judge scored. */
  readonly items: number;
  readonly positive: number;
}
