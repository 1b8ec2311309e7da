import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { AttuneError } from './errors.ts';
import { describeFileError } from './files.ts';

/** A text that nobody should read: whatever logs, prints or serialises the object shows "[secret]". Only `reveal` gives the text. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}

/**
 * Bearer tokens: several of them, separated by blanks or line ends, are all good, so that one can be replaced without a moment in which
 * neither is. `source` names where they stand, in errors. Throws `invalid_argument` for none, and for one that is too short to be safe.
 */
export function readTokens(text: string, source: string): Secret[] {
  const tokens = text.split(/\s+/).filter((token) => token !== '');
  const bad = tokens.find((token) => token.length < LEAST_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(token));
  if (tokens.length === 0 || bad !== undefined) {
    throw new AttuneError('invalid_argument', `A token in ${source} should have at least ${LEAST_TOKEN_LENGTH} printable ASCII characters, found ${bad === undefined ? 'none' : `one of ${bad.length}`}; make one with: openssl rand -hex 32`);
  }
  return tokens.map((token) => new Secret(token));
}

/** Reads a file that is named by a setting; the error names both. */
export function readFileOf(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw describeFileError(`Cannot read the file of ${setting}, ${file}`, cause);
  }
}

const LEAST_TOKEN_LENGTH = 16;
const HIDDEN = '[secret]';
