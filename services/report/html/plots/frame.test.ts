import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shortName, spreadApart } from './frame.ts';

test('labels are moved apart within their room, and stay where they are when they are apart', () => {
  expect(spreadApart([10, 60, 110], 15, 200)).toEqual([10, 60, 110]);
  expect(spreadApart([100, 100], 15, 200)).toEqual([100, 115]);
  expect(spreadApart([200, 198], 15, 200)).toEqual([200, 185]);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 20 }), (values) => {
      const moved = [...spreadApart(values, 15, 300)].sort((a, b) => a - b);
      for (const [index, value] of moved.entries()) {
        expect(value).toBeGreaterThanOrEqual(-1e-9);
        expect(value).toBeLessThanOrEqual(300);
        if (index > 0) expect(value - moved[index - 1]!).toBeGreaterThanOrEqual(15 - 1e-9);
      }
    }),
  );
});

test('long names end in an ellipsis and never in half a letter', () => {
  expect(shortName('rag_vector_random')).toBe('rag_vector_random');
  expect([...shortName('🦊'.repeat(30))]).toHaveLength(20);
});
