import { countTokens } from '../platform/tokens.ts';

/**
 * Cuts a message that is too long for the models that read it: its beginning and its end stay, where people say how they want to be
 * answered. Without it one pasted document would fail the whole turn.
 */
export function clip(message: string, tokens: number): string {
  let text = message;
  for (let size = countTokens(text); size > tokens && text.length > 2; size = countTokens(text)) {
    const half = Math.max(1, Math.min(Math.floor((text.length * tokens) / size / 2), Math.floor(text.length / 2) - 1));
    // A cut never leaves half of a character.
    text = `${text.slice(0, half).replace(/[\uD800-\uDBFF]$/, '')}\n${text.slice(-half).replace(/^[\uDC00-\uDFFF]/, '')}`;
  }
  return text;
}
