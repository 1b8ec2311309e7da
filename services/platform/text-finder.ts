/**
 * Looks for many texts in bytes at once, in one pass: as they are, and as they stand inside JSON, also inside JSON that is a text in JSON. Texts shorter than
 * four bytes are not found.
 */
export function createTextFinder(texts: Iterable<string>): TextFinder {
  const byStart = new Map<number, Needle[]>();
  // A table of the starts keeps nearly all places of a file from a look into the map.
  const isStart = new Uint8Array(1 << 16);
  for (const text of new Set(texts)) {
    for (const bytes of variantsOf(text)) {
      if (bytes.length < START) continue;
      const start = bytes.readUInt32LE(0);
      isStart[placeOf(start)] = 1;
      byStart.set(start, [...(byStart.get(start) ?? []), { text, bytes }]);
    }
  }
  return {
    find(bytes) {
      const found = new Set<string>();
      if (byStart.size === 0 || bytes.length < START) return found;
      let start = (bytes[0]! << 8) | (bytes[1]! << 16) | (bytes[2]! << 24);
      for (let at = 0; at + START <= bytes.length; at += 1) {
        start = (start >>> 8) | (bytes[at + 3]! << 24);
        if (isStart[placeOf(start)] === 0) continue;
        for (const needle of byStart.get(start >>> 0) ?? []) {
          if (bytes.compare(needle.bytes, 0, needle.bytes.length, at, Math.min(bytes.length, at + needle.bytes.length)) === 0) found.add(needle.text);
        }
      }
      return found;
    },
  };
}

function placeOf(start: number): number {
  return Math.imul(start, 0x9e3779b1) >>> 16;
}

/** The text itself, and escaped once, twice and three times. */
function variantsOf(text: string): Buffer[] {
  const variants = new Set([text]);
  let escaped = text;
  for (let depth = 0; depth < 3; depth += 1) {
    escaped = JSON.stringify(escaped).slice(1, -1);
    variants.add(escaped);
  }
  return [...variants].map((variant) => Buffer.from(variant, 'utf8'));
}

/** Bytes by which a text is looked up. */
const START = 4;

interface Needle {
  text: string;
  bytes: Buffer;
}

export interface TextFinder {
  /** Which of the texts stand in the bytes. */
  find(bytes: Buffer): Set<string>;
}
