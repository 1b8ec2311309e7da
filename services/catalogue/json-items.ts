/**
 * Where each item of a JSON list starts, so that a problem in an item can be reported with its line. The list is the whole text, or the value of `key` in the
 * object that is the whole text. Positions are character offsets; null when
 * there is no such list. Throws JsonSyntaxError at the first fault.
 */
export function itemOffsets(text: string, key: string): number[] | null {
  const cursor = { text, at: 0, depth: 0 };
  skipSpace(cursor);
  let offsets: number[] | null = null;
  if (text[cursor.at] === '[') offsets = skipArray(cursor);
  else if (text[cursor.at] === '{')
    skipObject(cursor, (name) => {
      if (name !== key || cursor.text[cursor.at] !== '[') return false;
      offsets = skipArray(cursor);
      return true;
    });
  else skipValue(cursor);
  skipSpace(cursor);
  if (cursor.at < text.length) throw new JsonSyntaxError(cursor.at, 'the end of the file');
  return offsets;
}

/** The 1-based line of a character offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** The text is not JSON from `offset` on. */
export class JsonSyntaxError extends Error {
  readonly offset: number;
  constructor(offset: number, expected: string) {
    super(`expected ${expected}`);
    this.offset = offset;
  }
}

function skipValue(cursor: Cursor): void {
  const first = cursor.text[cursor.at];
  if (first === '[') skipArray(cursor);
  else if (first === '{') skipObject(cursor, () => false);
  else skipToken(cursor, SCALAR, 'a value');
}

function skipArray(cursor: Cursor): number[] {
  const offsets: number[] = [];
  enter(cursor);
  if (cursor.text[cursor.at] !== ']')
    for (;;) {
      offsets.push(cursor.at);
      skipValue(cursor);
      skipSpace(cursor);
      if (cursor.text[cursor.at] !== ',') break;
      cursor.at += 1;
      skipSpace(cursor);
    }
  leave(cursor, ']');
  return offsets;
}

/** `take` is asked before each value; true says that it has skipped the value itself. */
function skipObject(cursor: Cursor, take: (name: string) => boolean): void {
  enter(cursor);
  if (cursor.text[cursor.at] !== '}')
    for (;;) {
      const start = cursor.at;
      skipToken(cursor, STRING, 'a name in double quotes');
      const name = JSON.parse(cursor.text.slice(start, cursor.at)) as string;
      skipSpace(cursor);
      skipToken(cursor, /:/y, 'a colon');
      skipSpace(cursor);
      if (!take(name)) skipValue(cursor);
      skipSpace(cursor);
      if (cursor.text[cursor.at] !== ',') break;
      cursor.at += 1;
      skipSpace(cursor);
    }
  leave(cursor, '}');
}

function enter(cursor: Cursor): void {
  cursor.depth += 1;
  if (cursor.depth > 500) throw new JsonSyntaxError(cursor.at, 'at most 500 nested levels');
  cursor.at += 1;
  skipSpace(cursor);
}

function leave(cursor: Cursor, mark: string): void {
  if (cursor.text[cursor.at] !== mark) throw new JsonSyntaxError(cursor.at, `a comma or "${mark}"`);
  cursor.depth -= 1;
  cursor.at += 1;
}

function skipSpace(cursor: Cursor): void {
  while (cursor.at < cursor.text.length && ' \t\r\n'.includes(cursor.text[cursor.at] ?? '')) cursor.at += 1;
}

function skipToken(cursor: Cursor, token: RegExp, expected: string): void {
  token.lastIndex = cursor.at;
  const match = token.exec(cursor.text);
  if (match === null) throw new JsonSyntaxError(cursor.at, expected);
  cursor.at += match[0].length;
}

const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = new RegExp(`${STRING.source}|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][-+]?\\d+)?|true|false|null`, 'y');

interface Cursor {
  text: string;
  at: number;
  depth: number;
}
