import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom, hashHex, seedFrom } from './random.ts';

describe('seedFrom', () => {
  test('gives the same seeds for ever', () => {
    expect(seedFrom('a', 1)).toBe(95012201);
    // Printed by: printf 'abc' | sha256sum
    expect(seedFrom('abc')).toBe(0xba7816bf);
  });

  test('keeps the borders between parts', () => {
    expect(seedFrom('ab', 'c')).not.toBe(seedFrom('a', 'bc'));
    expect(seedFrom('a', 1)).toBe(seedFrom('a', '1'));
  });
});

describe('createRandom', () => {
  test('repeats itself for a seed and not for the next', () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, createRandom(seed).next);
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(createRandom(1).next()).toBe(0.5636717720710586);
  });

  test('next is from 0 to below 1, with mean one half', () => {
    const random = createRandom(1);
    const draws = Array.from({ length: 20_000 }, random.next);
    expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true);
    // Four standard errors of the mean of uniform numbers: 4 * sqrt(1/12) / sqrt(20000).
    expect(Math.abs(draws.reduce((sum, draw) => sum + draw) / draws.length - 0.5)).toBeLessThan(0.0082);
  });

  test('int gives every value equally often, also where a plain remainder would not', () => {
    const random = createRandom(2);
    const limit = 3 * 2 ** 30;
    let inFirstThird = 0;
    for (let draw = 0; draw < 30_000; draw += 1) if (random.int(limit) < 2 ** 30) inFirstThird += 1;
    // A remainder would put half of the draws there; four standard errors are 4 * sqrt(30000 * 2/9).
    expect(Math.abs(inFirstThird - 10_000)).toBeLessThan(327);
  });

  test.each([0, -1, 1.5, 2 ** 33, Number.NaN])('int(%d) is refused', (limit) => {
    expect(() => createRandom(1).int(limit)).toThrow(RangeError);
  });

  test('shuffle returns a new list with the same items', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
        const before = [...items];
        const shuffled = createRandom(seed).shuffle(items);
        expect(items).toEqual(before);
        expect([...shuffled].sort((a, b) => a - b)).toEqual([...items].sort((a, b) => a - b));
      }),
      { seed: 1 },
    );
  });

  test('shuffle reaches every order equally often', () => {
    const random = createRandom(3);
    const counts = new Map<string, number>();
    for (let round = 0; round < 6_000; round += 1) {
      const order = random.shuffle(['a', 'b', 'c']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(116);
  });

  test('pick and chance', () => {
    const random = createRandom(4);
    expect(() => random.pick([])).toThrow(RangeError);
    expect(['x', 'y']).toContain(random.pick(['x', 'y']));
    expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
  });
});

test('hashHex is SHA-256 of text and bytes alike', () => {
  expect(hashHex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(hashHex(new Uint8Array([0x61, 0x62, 0x63]))).toBe(hashHex('abc'));
});
