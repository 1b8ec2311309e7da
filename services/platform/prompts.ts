import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AttuneError } from './errors.ts';
import { hashHex } from './random.ts';

/**
 * Loads a Markdown prompt that stands beside its owner: `loadPrompt(new URL('./prompts/x.md', import.meta.url))`.
 *
 * Placeholders are `{{name}}` (letters, digits, `_`; no blanks). Throws `not_found` or `invalid_argument` naming the file when it is missing,
 * empty, or has `{{` or `}}` outside a placeholder. Line ends become "\n" and blank space at both ends is cut before hashing, so that a
 * checkout on any system gives one hash.
 */
export function loadPrompt(file: URL): Prompt {
  const path = fileURLToPath(file);
  const text = readPrompt(path);
  const pieces = text.split(PLACEHOLDER);
  const names = new Set(pieces.filter((_, index) => index % 2 === 1));
  for (let index = 0; index < pieces.length; index += 2) {
    const stray = /\{\{.{0,20}|.{0,20}\}\}/.exec(pieces[index]!);
    if (stray) {
      throw new AttuneError('invalid_argument', `Prompt ${path} has braces that are no placeholder near ${JSON.stringify(stray[0])}; write {{name}} with letters, digits and _.`);
    }
  }
  return {
    name: basename(path).replace(/\.md$/, ''),
    hash: hashHex(text),
    render(values) {
      const given = Object.keys(values);
      const missing = [...names].filter((name) => !Object.hasOwn(values, name));
      const unused = given.filter((name) => !names.has(name));
      if (missing.length || unused.length) {
        const problems = [missing.length && `no value for ${missing.join(', ')}`, unused.length && `no placeholder for ${unused.join(', ')}`];
        throw new AttuneError('invalid_argument', `Prompt ${path} cannot be filled: ${problems.filter(Boolean).join('; ')}.`);
      }
      // Values are put between the pieces, never scanned again: a user's text with {{braces}} stays as it is.
      return pieces.map((piece, index) => (index % 2 === 1 ? values[piece] : piece)).join('');
    },
  };
}

const PLACEHOLDER = /\{\{(\w+)\}\}/;

function readPrompt(path: string): string {
  let raw: string;
  try {
    raw = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = AttuneError.from(cause);
    throw new AttuneError(code, `Prompt ${path} cannot be read: ${(cause as Error).message}.`, { cause });
  }
  const text = raw.replaceAll('\r\n', '\n').trim();
  if (text === '') throw new AttuneError('invalid_argument', `Prompt ${path} is empty; it should hold the text to send.`);
  return text;
}

export interface Prompt {
  /** The file's name without ".md". */
  readonly name: string;
  /** SHA-256 of the text in hexadecimal; recorded with a run, because another prompt gives other scores. */
  readonly hash: string;
  /** Fills every placeholder. Throws `invalid_argument`, naming the file, when a name is missing and when one is not used. */
  render(values: Readonly<Record<string, string>>): string;
}
