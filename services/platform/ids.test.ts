import { expect, test } from 'vitest';
import { newRunId, uuidV5 } from './ids.ts';

const DNS = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

test('uuidV5 gives the example of RFC 9562, appendix A.4', () => {
  expect(uuidV5(DNS, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
});

test('uuidV5 refuses a namespace that is no UUID', () => {
  expect(() => uuidV5('attune', 'x')).toThrow('found "attune"');
});

test.each([
  ['Quick start', '20260314-092653-589-quick-start'],
  ['  Émile’s 2nd / run!! ', '20260314-092653-589-emile-s-2nd-run'],
  ['日本', '20260314-092653-589-run'],
  ['x'.repeat(100), `20260314-092653-589-${'x'.repeat(40)}`],
])('newRunId of %j', (name, id) => {
  expect(newRunId(name, new Date('2026-03-14T09:26:53.589Z'))).toBe(id);
});
