import { readFile } from 'node:fs/promises';
import { readLines } from '../../platform/append-log.ts';
import { createTextFinder } from '../../platform/text-finder.ts';
import type { Profile } from '../../gen/attune/profile/v1/profile.ts';
import { openRunFolder } from '../run-folder.ts';
import { runPaths } from '../run-paths.ts';
import { existingFiles } from './files.ts';
import { isLineOf } from './lines.ts';
import { isForgotten } from './tombstone.ts';

/**
 * Pieces of text that stand in this user's part of a run and in nobody else's: of messages, drafts, replies, verdicts and the profile, and of `more`, such as the user's memory. What other
 * users have too, such as a preference of the catalogue or a sentence that a model tells everybody, is no sign of this user and not among them.
 */
export async function ownTexts(dir: string, userId: string, more: Iterable<string>): Promise<string[]> {
  const { inputs } = await openRunFolder(dir);
  const { sessions, verdicts } = runPaths(dir);
  const pieces = new Set<string>();
  const take = (text: string) => {
    for (const piece of piecesOf(text)) pieces.add(piece);
  };
  for (const text of more) take(text);
  const profile = inputs.profiles.find((one) => one.userId === userId);
  if (profile && !isForgotten(profile)) for (const text of textsIn(profile)) take(text);
  for (const file of await existingFiles([sessions, verdicts])) {
    for await (const { line } of readLines(file)) {
      if (!isLineOf(line, userId) || line.includes(FORGOTTEN)) continue;
      for (const text of textsIn(JSON.parse(line))) take(text);
    }
  }

  const drop = (bytes: Buffer) => {
    for (const text of finder.find(bytes)) pieces.delete(text);
  };
  const finder = createTextFinder(pieces);
  drop(Buffer.from(JSON.stringify(inputs.problems)));
  drop(Buffer.from(JSON.stringify(inputs.profiles.filter((one: Profile) => one.userId !== userId))));
  drop(await readFile(runPaths(dir).manifest));
  for (const file of await existingFiles([sessions, verdicts])) {
    for await (const { line } of readLines(file)) if (!isLineOf(line, userId)) drop(Buffer.from(line));
  }
  return [...pieces];
}

/** Every text in a value, however deep, and in JSON that stands in it as a text. */
export function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') {
    const inner = value.startsWith('{') || value.startsWith('[') ? parsed(value) : undefined;
    if (inner === undefined) yield value;
    else yield* textsIn(inner);
  } else if (Array.isArray(value)) for (const item of value) yield* textsIn(item);
  else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) for (const item of Object.values(value)) yield* textsIn(item);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Windows over a text, short enough to lie in one piece in a page of a database most of the time. */
function* piecesOf(text: string): Generator<string> {
  const characters = [...text.trim()];
  if (characters.length < SHORTEST) return;
  const most = Math.min(MOST_PIECES, Math.max(1, Math.floor(characters.length / PIECE)));
  for (let piece = 0; piece < most; piece += 1) {
    const start = most === 1 ? 0 : Math.floor((piece * (characters.length - PIECE)) / (most - 1));
    yield characters.slice(start, start + PIECE).join('').trim();
  }
}

/** What stands in a tombstone, and in no record. */
const FORGOTTEN = '"SESSION_STATUS_FORGOTTEN"';
/** Characters; anything shorter is found by chance too easily. */
const SHORTEST = 12;
const PIECE = 40;
const MOST_PIECES = 12;
