import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJson } from './json-text.ts';

test('finds any object amid prose without braces', () => {
  const prose = fc.string().map((text) => text.replaceAll(/[{}[\]"`<\d]/g, ''));
  fc.assert(
    fc.property(prose, fc.dictionary(fc.string(), fc.jsonValue()), prose, (before, value, after) => {
      const json = JSON.stringify(value);
      expect(readJson(`so: ${before}${json}${after} that`)).toEqual(JSON.parse(json));
    }),
  );
});

test('finds nothing in a cut object, prose and open braces', () => {
  for (const text of ['{"a": 1', 'no json', '', '{{{{', '{"a": "}', '{'.repeat(100_000)]) expect(readJson(text)).toBeUndefined();
});

test('gives JSON that is no object only when it is the whole text', () => {
  expect(readJson('```\n[1, 2]\n```')).toEqual([1, 2]);
  expect(readJson('the list [1, 2]')).toBeUndefined();
});
