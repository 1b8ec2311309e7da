import { createHash } from 'node:crypto';

/**
 * A uint32 seed from any parts, equal on every machine: the first four bytes (big-endian) of SHA-256 over the parts joined by NUL.
 * Parts say what the seed is for, e.g. `seedFrom(run.seed, 'probe', userId, session)`; a number counts as its decimal text.
 */
export function seedFrom(...parts: readonly (string | number)[]): number {
  return createHash('sha256').update(parts.map(String).join('\0')).digest().readUInt32BE(0);
}

/**
 * A seeded stream of random numbers: sfc32 (Chris Doty-Humphrey's small fast counting generator, 128 bits of state), its state filled by
 * splitmix32 so that neighbouring seeds give unrelated streams. Not for secrets.
 */
export function createRandom(seed: number): Random {
  const fill = splitmix32(seed);
  let a = fill();
  let b = fill();
  let c = fill();
  let counter = 1;

  function uint32(): number {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + result) | 0;
    return result >>> 0;
  }

  // The first outputs still show the seed's shape; twelve rounds are the generator's customary warm-up.
  for (let round = 0; round < 12; round += 1) uint32();

  const random: Random = {
    next: () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53,
    int(limit) {
      if (!Number.isInteger(limit) || limit < 1 || limit > 2 ** 32) {
        throw new RangeError(`int(limit) needs a whole number from 1 to 2^32, found ${limit}.`);
      }
      // Values above the largest multiple of the limit are drawn again; otherwise small results would come up too often.
      const fair = 2 ** 32 - (2 ** 32 % limit);
      let drawn = uint32();
      while (drawn >= fair) drawn = uint32();
      return drawn % limit;
    },
    pick(items) {
      if (items.length === 0) throw new RangeError('pick(items) needs at least one item, found an empty list.');
      return items[random.int(items.length)] as (typeof items)[number];
    },
    shuffle(items) {
      const result = [...items];
      for (let last = result.length - 1; last > 0; last -= 1) {
        const other = random.int(last + 1);
        [result[last], result[other]] = [result[other]!, result[last]!];
      }
      return result;
    },
    chance: (probability) => random.next() < probability,
  };
  return random;
}

/** SHA-256 in lower-case hexadecimal; text is hashed as UTF-8. */
export function hashHex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function splitmix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}

export interface Random {
  /** A number from 0 (included) to 1 (excluded), with 53 random bits. */
  next(): number;
  /** A whole number from 0 to limit - 1, each equally likely; limit is 1 to 2^32. */
  int(limit: number): number;
  /** One of the items; throws RangeError on an empty list. */
  pick<T>(items: readonly T[]): T;
  /** A new list with the items in random order (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** True with the given probability, 0 to 1. */
  chance(probability: number): boolean;
}
