import { AttuneError } from '../../../platform/errors.ts';
import { readLines } from '../../../platform/append-log.ts';
import { describeFileError } from '../../../platform/files.ts';

/**
 * Reads labels that people gave to sessions of a run: a CSV file whose first line is `method,user,session,turn,preference,label`, or lines of JSON with these keys.
 * With a preference the label is followed, violated or not_applicable, and turn counts the agent's turns from 0; a line about the task leaves turn and preference
 * empty (or out) and its label is 1 for a right final draft, 0 for a wrong one. Empty lines are passed over.
 * Throws `not_found` for a missing file and `invalid_argument` for the first bad line, or a thing labelled twice, with file and line.
 */
export async function readLabels(file: string): Promise<Label[]> {
  const labels: Label[] = [];
  const seen = new Map<string, number>();
  let header: string[] | null = null;
  try {
    for await (const { line, number } of readLines(file, { tail: 'keep' })) {
      const text = line.replace(/^\uFEFF/, '').trim();
      if (text === '') continue;
      const refuse = (problem: string) => new AttuneError('invalid_argument', `${file}:${number}: ${problem}`);
      if (header === null && !text.startsWith('{')) {
        header = cellsOf(text)?.map((cell) => cell.trim().toLowerCase()) ?? [];
        const missing = COLUMNS.filter((column) => !header!.includes(column));
        if (missing.length > 0) throw refuse(`the first line should be ${COLUMNS.join(',')} (or every line a JSON object), found no column ${missing.join(', ')}.`);
        continue;
      }
      const label = labelOf(header === null ? jsonFields(text, refuse) : csvFields(text, header, refuse), number, refuse);
      const key = labelKey(label);
      if (seen.has(key)) throw refuse(`labels again what line ${seen.get(key)} labels; keep one of them.`);
      seen.set(key, number);
      labels.push(label);
    }
  } catch (error) {
    if (error instanceof AttuneError) throw error;
    throw describeFileError(`Cannot read the labels ${file}`, error);
  }
  if (labels.length === 0) throw new AttuneError('invalid_argument', `${file} should hold at least one label, found none.`);
  return labels;
}

/** Names what a label is about; equal for equal things. */
export function labelKey({ method, userId, session, about }: Omit<Label, 'line' | 'truth'>): string {
  return JSON.stringify([method, userId, session, ...(about === null ? [] : [about.turn, about.preference])]);
}

const COLUMNS = ['method', 'user', 'session', 'turn', 'preference', 'label'] as const;
const TURN_LABELS: readonly string[] = ['followed', 'violated', 'not_applicable'];

function labelOf(fields: Fields, line: number, refuse: Refuse): Label {
  const { method, user, session, turn, preference, label } = fields;
  if (method === '' || user === '') throw refuse('needs a method and a user.');
  const base = { line, method, userId: user, session: wholeNumber(session, 'session', refuse) };
  if (turn === '' && preference === '') {
    if (label !== '0' && label !== '1') throw refuse(`the label of a task should be 1 (right) or 0 (wrong), found ${JSON.stringify(label)}.`);
    return { ...base, about: null, truth: label === '1' ? 'right' : 'wrong' };
  }
  if (preference === '') throw refuse('a label of a turn needs the id of a preference; leave both empty for the task.');
  if (!TURN_LABELS.includes(label)) throw refuse(`the label of a preference should be ${TURN_LABELS.join(', ')}, found ${JSON.stringify(label)}.`);
  return { ...base, about: { turn: wholeNumber(turn, 'turn', refuse), preference }, truth: label as Label['truth'] };
}

function wholeNumber(text: string, what: string, refuse: Refuse): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw refuse(`the ${what} should be a whole number from 0, found ${JSON.stringify(text)}.`);
}

function jsonFields(text: string, refuse: Refuse): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse('should be one JSON object, found text that is no JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('should be one JSON object.');
  return fieldsOf((column) => {
    const found = (value as Record<string, unknown>)[column];
    if (found === undefined || found === null) return '';
    if (typeof found === 'string' || typeof found === 'number') return String(found);
    throw refuse(`${column} should be a text or a number, found ${JSON.stringify(found)}.`);
  });
}

function csvFields(text: string, header: readonly string[], refuse: Refuse): Fields {
  const cells = cellsOf(text);
  if (cells === null) throw refuse('has a quote that does not end.');
  if (cells.length !== header.length) throw refuse(`should have ${header.length} cells, found ${cells.length}.`);
  return fieldsOf((column) => cells[header.indexOf(column)]!);
}

function fieldsOf(read: (column: (typeof COLUMNS)[number]) => string): Fields {
  return Object.fromEntries(COLUMNS.map((column) => [column, read(column).trim()])) as Fields;
}

/** The cells of a line of RFC 4180; null when a quote stays open. */
function cellsOf(line: string): string[] | null {
  const cells: string[] = [];
  const cell = /("(?:[^"]|"")*"|[^,"]*)(,|$)/gy;
  for (let found = cell.exec(line); found; found = cell.exec(line)) {
    const [, text = '', end] = found;
    cells.push(text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text);
    if (end === '') return cells;
  }
  return null;
}

type Fields = Record<(typeof COLUMNS)[number], string>;
type Refuse = (problem: string) => AttuneError;

export interface Label {
  /** In its file, from 1. */
  readonly line: number;
  readonly method: string;
  readonly userId: string;
  readonly session: number;
  /** Null for the task. */
  readonly about: { readonly turn: number; readonly preference: string } | null;
  readonly truth: 'right' | 'wrong' | 'followed' | 'violated' | 'not_applicable';
}
