import { AttuneError } from '../../../platform/errors.ts';
import { byText } from '../../text-order.ts';
import type { ComparedSession, CompareInput, SessionValue } from './input.ts';
import type { ComparedMetric } from './family.ts';

/**
 * Puts sessions into a table: a row for each method, a column for each planned session of a user, so that columns are the pairs. The order of the list does not matter. Throws `invalid_argument` for a baseline that is not among the methods, fewer than two methods, a
 * session of another method, and two entries for one session.
 */
export function createGrid({ methods, baseline, sessions }: CompareInput): Grid {
  if (methods.length < 2) throw new AttuneError('invalid_argument', `A comparison needs at least two methods, found ${methods.length === 0 ? 'none' : methods[0]}.`);
  if (!methods.includes(baseline)) {
    throw new AttuneError('invalid_argument', `The baseline should be one of ${methods.join(', ')}, found ${JSON.stringify(baseline)}.`);
  }
  const rowOf = new Map(methods.map((method, row) => [method, row]));
  const users = new Map<string, Map<string, Cells>>();
  for (const entry of sessions) {
    const row = rowOf.get(entry.method);
    if (row === undefined) throw new AttuneError('invalid_argument', `Every session should be of ${methods.join(', ')}, found ${JSON.stringify(entry.method)}.`);
    let ofUser = users.get(entry.userId);
    if (!ofUser) users.set(entry.userId, (ofUser = new Map<string, Cells>()));
    const key = `${entry.seed} ${entry.session}`;
    let cells = ofUser.get(key);
    if (!cells) ofUser.set(key, (cells = new Array<ComparedSession | undefined>(methods.length)));
    if (cells[row]) throw new AttuneError('invalid_argument', `Session ${entry.session} of user ${entry.userId} should be there once for ${entry.method}, found it twice.`);
    cells[row] = entry;
  }
  const userIds = [...users.keys()].sort(byText);
  const columns = userIds.flatMap((userId, profile) =>
    [...users.get(userId)!.values()].map((cells): Column => {
      const { session, seed } = cells.find((cell) => cell !== undefined)!;
      return { userId, profile, session, seed, cells, dataset: cells.find((cell) => cell && cell.dataset !== '')?.dataset ?? '' };
    }).sort((a, b) => a.seed - b.seed || a.session - b.session),
  );
  return { methods, baseline: rowOf.get(baseline)!, userIds, columns, complete: columns.every(({ cells }) => methods.every((_, row) => cells[row])) };
}

/** What every session counts for in this metric, failures filled in; null where nothing was measured or planned. One list for each method, in column order. */
export function fillIn(grid: Grid, metric: ComparedMetric): (SessionValue | null)[][] {
  const worst = metric.failure === 'worst' ? worstByProfile(grid, metric) : [];
  const failure = (profile: number, cell: ComparedSession): SessionValue | null => {
    switch (metric.failure) {
      case 'zero':
        return { over: 0, per: 1 };
      case 'one':
        return { over: 1, per: 1 };
      case 'worst':
        return worst[profile] ?? null;
      case 'none':
        return measured(cell, metric);
    }
  };
  return grid.methods.map((_, row) => grid.columns.map(({ profile, cells }) => (!cells[row] || cells[row].state === 'finished' ? measured(cells[row], metric) : failure(profile, cells[row]))));
}

/** The session's own value; null where nothing was measured. */
export function measured(cell: ComparedSession | undefined, metric: Pick<ComparedMetric, 'id'>): SessionValue | null {
  const value = cell?.values[metric.id] ?? null;
  return value && value.per > 0 ? value : null;
}

/** Of sessions without a runaway message where there are any, and of all users where a user has none at all. */
function worstByProfile({ columns, userIds }: Grid, metric: ComparedMetric): (SessionValue | null)[] {
  const worse = (a: number, b: number) => (metric.direction === 'higher' ? Math.min(a, b) : Math.max(a, b));
  const calm = new Array<number | null>(userIds.length).fill(null);
  const any = new Array<number | null>(userIds.length).fill(null);
  for (const { profile, cells } of columns) {
    for (const cell of cells) {
      const found = cell?.state === 'finished' ? measured(cell, metric) : null;
      if (!found) continue;
      const value = found.over / found.per;
      any[profile] = worse(any[profile] ?? value, value);
      if (!cell!.runaway) calm[profile] = worse(calm[profile] ?? value, value);
    }
  }
  const known = [...calm, ...any].filter((value) => value !== null);
  const overall = known.length === 0 ? null : known.reduce(worse);
  return userIds.map((_, profile) => {
    const value = calm[profile] ?? any[profile] ?? overall;
    return value === null ? null : { over: value, per: 1 };
  });
}

export interface Grid {
  readonly methods: readonly string[];
  /** The row of the baseline. */
  readonly baseline: number;
  /** Sorted; a profile is its index here. */
  readonly userIds: readonly string[];
  readonly columns: readonly Column[];
  /** Whether every column was planned for every method. */
  readonly complete: boolean;
}

type Cells = (ComparedSession | undefined)[];

interface Column {
  readonly userId: string;
  readonly profile: number;
  readonly session: number;
  readonly seed: number;
  readonly dataset: string;
  /** By row; undefined: planned for another method, and not for this one. */
  readonly cells: readonly (ComparedSession | undefined)[];
}
