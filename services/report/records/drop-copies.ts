import { SessionRecord, VerdictRecord } from '../../gen/attune/record/v1/record.ts';
import { hashHex } from '../../platform/random.ts';
import type { Database } from './database.ts';
import { openLines, type LineReader } from './line-index.ts';
import type { RunLines } from './load-lines.ts';

/**
 * Leaves out records that no run plans, and all copies but one of each record: of copies that differ the one with the smallest hash stays, so
 * that the order of the lines does not matter. What was left out is noted, but for copies that say the same: having judged twice is no news.
 */
export async function dropCopies(database: Database, runs: readonly RunLines[], onNote: (sentence: string) => void): Promise<void> {
  // What is left of forgotten users is no record; the plan has left them out and said so.
  await database.run(`DELETE FROM session_facts WHERE status = 'SESSION_STATUS_FORGOTTEN'`);
  for (const kind of [SESSIONS, VERDICTS]) {
    const { table, noun } = kind;
    const unplanned = await countOf(database, `SELECT count(*) AS n FROM ${table} f WHERE NOT EXISTS (${PLANNED})`);
    if (unplanned > 0) {
      await database.run(`DELETE FROM ${table} f WHERE NOT EXISTS (${PLANNED})`);
      onNote(`Left out: ${unplanned} ${noun}${unplanned === 1 ? '' : 's'} of a method, user or session that the manifest does not plan.`);
    }
    await database.run(`DELETE FROM ${table} f WHERE EXISTS (${PLANNED} AND NOT t.kept)`);

    const other = await dropCopiesOf(database, runs, kind);
    if (other > 0) onNote(`Dropped: ${other} further ${other === 1 ? 'copy' : 'copies'} of a ${noun} that said something else; the files were merged or edited by hand.`);
  }
}

const PLANNED = 'SELECT 1 FROM trajectories t WHERE t.run = f.run AND t.method = f.method AND t."user" = f."user" AND f.session < t.sessions';

const SESSIONS: Kind = { table: 'session_facts', key: 'run, method, "user", session', noun: 'session record', file: 'sessions', canonical: (line) => JSON.stringify(SessionRecord.toJSON(SessionRecord.fromJSON(JSON.parse(line)))) };
const VERDICTS: Kind = { table: 'verdict_facts', key: 'run, method, "user", session, stage', noun: 'verdict', file: 'verdicts', canonical: (line) => JSON.stringify(VerdictRecord.toJSON(VerdictRecord.fromJSON(JSON.parse(line)))) };

/** Gives how many of the dropped copies said something else. */
async function dropCopiesOf(database: Database, runs: readonly RunLines[], { table, key, file, canonical }: Kind): Promise<number> {
  let others = 0;
  const readers = runs.map((run) => (run[file].exists ? openLines(run[file]) : null));
  try {
    await database.run('CREATE OR REPLACE TEMP TABLE dropped_lines (run INTEGER, line BIGINT)');
    const dropped: { run: number; line: number }[] = [];
    for await (const { run, lines } of database.stream<{ run: number; lines: { items: bigint[] } }>(`SELECT run, list(line ORDER BY line) AS lines FROM ${table} GROUP BY ${key} HAVING count(*) > 1`)) {
      const numbers = lines.items.map(Number);
      const kept = choose(numbers, readers[run]!, canonical);
      others += kept.distinct - 1;
      for (const line of numbers) if (line !== kept.line) dropped.push({ run, line });
    }
    await database.append('dropped_lines', (appender) => {
      for (const { run, line } of dropped) {
        appender.appendInteger(run);
        appender.appendBigInt(BigInt(line));
        appender.endRow();
      }
    });
    await database.run(`DELETE FROM ${table} f WHERE EXISTS (SELECT 1 FROM dropped_lines d WHERE d.run = f.run AND d.line = f.line); DROP TABLE dropped_lines`);
    return others;
  } finally {
    for (const reader of readers) reader?.close();
  }
}

/** Texts that are equal need not be parsed; others are compared by what they say, not by how it is written. */
function choose(lines: readonly number[], reader: LineReader, canonical: (line: string) => string): { line: number; distinct: number } {
  const texts = new Map<string, number>();
  for (const line of lines) {
    const text = reader.read(line);
    if (!texts.has(text)) texts.set(text, line);
  }
  if (texts.size === 1) return { line: lines[0]!, distinct: 1 };
  const hashes = new Map([...texts].reverse().map(([text, line]) => [hashHex(canonical(text)), line]));
  const smallest = [...hashes.keys()].sort()[0]!;
  return { line: hashes.get(smallest)!, distinct: hashes.size };
}

async function countOf(database: Database, sql: string): Promise<number> {
  const [row] = await database.rows<{ n: number }>(sql);
  return row!.n;
}

interface Kind {
  readonly table: string;
  /** What makes two lines copies of each other. */
  readonly key: string;
  readonly noun: string;
  readonly file: keyof RunLines;
  /** The same text for lines that say the same. */
  readonly canonical: (line: string) => string;
}
