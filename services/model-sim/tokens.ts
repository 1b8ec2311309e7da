import { countTokens } from '../platform/tokens.ts';
import { TOKEN_CACHE_ENTRIES } from './parameters.ts';
import { memoize } from '../platform/memoize.ts';

/**
 * Tokens of a text, equal to counting it whole: it is cut only where no token can cross (after line breaks, before a word), and pieces
 * seen before are not counted again, so a dialogue that grows by one message costs one message.
 */
export function tokensOf(text: string): number {
  let total = 0;
  for (const piece of text.split(PIECE_END)) total += countPiece(piece);
  return total;
}

/** The longest beginning of a text that has at most `limit` tokens; never half a character. Found by halving, without decoding tokens. */
export function firstTokens(text: string, limit: number): string {
  if (tokensOf(text) <= limit) return text;
  const characters = [...text];
  let kept = 0;
  let over = characters.length;
  while (over - kept > 1) {
    const middle = (kept + over) >> 1;
    if (countTokens(characters.slice(0, middle).join('')) <= limit) kept = middle;
    else over = middle;
  }
  return characters.slice(0, kept).join('');
}

/** No token of o200k holds a line break followed by a letter, a digit or an opening mark. */
const PIECE_END = /(?<=\n)(?=[\p{L}\p{N}<\[("'*#-])/u;

const countPiece = memoize(TOKEN_CACHE_ENTRIES, countTokens);
