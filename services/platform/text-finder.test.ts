import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTextFinder } from './text-finder.ts';

test('finds what includes would find, whatever the bytes', () => {
  const text = fc.string({ minLength: 4, maxLength: 12, unit: fc.constantFrom('a', 'b', 'é', '"', '\n') });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), fc.string({ unit: fc.constantFrom('a', 'b', 'é', '"', '\n'), maxLength: 200 }), (texts, hay) => {
      const found = createTextFinder(texts).find(Buffer.from(hay));
      for (const one of texts) if (hay.includes(one)) expect(found).toContain(one);
      for (const one of found) expect(hay.includes(one) || hay.includes(JSON.stringify(one).slice(1, -1)) || hay.includes('\\')).toBe(true);
    }),
    { seed: 5 },
  );
});

test('finds a text in JSON, in JSON inside JSON, and at both ends', () => {
  const text = 'Say "moin"\nto Ylva';
  const finder = createTextFinder([text, 'something else']);
  for (const hay of [text, JSON.stringify({ text }), JSON.stringify({ body: JSON.stringify({ text }) }), `x${text}`, `${text}x`]) expect([...finder.find(Buffer.from(hay))]).toEqual([text]);
  expect(finder.find(Buffer.from(text.slice(1))).size).toBe(0);
  expect(finder.find(Buffer.alloc(0)).size).toBe(0);
  expect(createTextFinder([]).find(Buffer.from(text)).size).toBe(0);
});
