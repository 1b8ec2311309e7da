import { CHARACTER_GRAM_LENGTH, CHARACTER_GRAM_WEIGHT, CONTENT_WORD_WEIGHT, RERANK_MIDDLE, RERANK_SLOPE, STOP_WORD_WEIGHT } from './parameters.ts';
import { contentWords, isContentWord, words } from './text.ts';

/**
 * A vector of a text: its words and their character n-grams hashed to dimensions with a sign, then scaled to length 1, so that texts with the
 * same words or word stems lie close. An instruction in front of a query ("Instruct: …\nQuery:") is not part of the text.
 */
export function embed(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of words(withoutInstruction(text))) {
    const weight = isContentWord(word) ? CONTENT_WORD_WEIGHT : STOP_WORD_WEIGHT;
    add(vector, `w:${word}`, weight);
    const padded = `^${word}$`;
    for (let at = 0; at + CHARACTER_GRAM_LENGTH <= padded.length; at += 1) add(vector, padded.slice(at, at + CHARACTER_GRAM_LENGTH), weight * CHARACTER_GRAM_WEIGHT);
  }
  let length = Math.hypot(...vector);
  if (length === 0) {
    // A text without words still needs a direction; all such texts share one.
    vector[0] = 1;
    length = 1;
  }
  return vector.map((value) => value / length);
}

/** How relevant a document is to a query, 0 to 1: a sigmoid of the cosine between their sets of content words. */
export function relevance(query: string, document: string): number {
  const asked = contentWords(withoutInstruction(query));
  const offered = contentWords(withoutInstruction(document));
  let shared = 0;
  for (const word of asked) if (offered.has(word)) shared += 1;
  const overlap = shared === 0 ? 0 : shared / Math.sqrt(asked.size * offered.size);
  return 1 / (1 + Math.exp(-RERANK_SLOPE * (overlap - RERANK_MIDDLE)));
}

function withoutInstruction(text: string): string {
  return text.replace(/^\s*<?Instruct>?:[^\n]*\n\s*/, '').replace(/^\s*<?(?:Query|Document)>?:\s*/, '');
}

function add(vector: Float32Array, feature: string, weight: number): void {
  // FNV-1a with 32 bits; the top bit is the sign, the rest the dimension.
  let hash = 0x811c9dc5;
  for (let at = 0; at < feature.length; at += 1) hash = Math.imul(hash ^ feature.charCodeAt(at), 0x01000193);
  hash ^= hash >>> 15;
  const index = (hash >>> 1) % vector.length;
  vector[index] = (vector[index] as number) + (hash & 1 ? weight : -weight);
}
