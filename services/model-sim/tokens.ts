import { decode, encode } from 'gpt-tokenizer/encoding/o200k_base';
import { countTokens } from '../platform/tokens.ts';
import { TOKEN_CACHE_ENTRIES } from './parameters.ts';
import { memoize } from './memoize.ts';

/**
 * Tokens of a text, equal to counting it whole: it is cut only where no token can cross (after line breaks, before a word), and pieces
 * seen before are not counted again, so a dialogue that grows by one message costs one message.
 */
export function tokensOf(text: string): number {
  let total = 0;
  for (const piece of text.split(PIECE_END)) total += countPiece(piece);
  return total;
}

/** The first `limit` tokens of a text; the text itself when it has no more. */
export function firstTokens(text: string, limit: number): string {
  if (countPiece(text) <= limit) return text;
  // A token may end inside a character of several bytes; what is left of it would decode to U+FFFD.
  return decode(encode(text).slice(0, limit)).replace(/�+$/, '');
}

/** No token of o200k holds a line break followed by a letter, a digit or an opening mark. */
const PIECE_END = /(?<=\n)(?=[\p{L}\p{N}<\[("'*#-])/u;

const countPiece = memoize(TOKEN_CACHE_ENTRIES, countTokens);
