import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameAnswer } from './same-answer.ts';

describe('sameAnswer', () => {
  test.each([
    ['1/2', '0.5'],
    ['0.5', '\\frac{1}{2}'],
    ['\\dfrac12', '1/2'],
    ['\\frac 38', '3/8'],
    ['x = 3', '3'],
    ['x = 3', '$x=3$'],
    ['(A) foo', 'A'],
    ['(A) foo', '(A)'],
    ['A. foo', 'A'],
    ['(B)P and Q', '(B) P and Q'],
    ['(B) P and Q', 'P and Q'],
    ['1,000', '1000'],
    ['\\boxed{7}', '7'],
    ['**7**.', '7'],
    ['50%', '0.5'],
    ['50\\%', '50%'],
    ['41 \\frac{1}{2}', '41.5'],
    ['-\\frac{1}{2}', '-0.5'],
    ['12 cm', '12'],
    ['12\\text{ cm}', '12 cm'],
    ['90^\\circ', '90'],
    ['90°', '90 degrees'],
    ['\\$5', '5'],
    ['$5.00', '5'],
    ['2\\sqrt{3}', '2\\sqrt3'],
    ['(1, 2)', '(1,2)'],
    ['1, 2', '2 and 1'],
    ['x=1 or x=2', '1, 2'],
    ['\\{1,2\\}', '{2, 1}'],
    ['\\left(3, \\frac{\\pi}{2}\\right)', '(3, \\pi/2)'],
    ['Paris', 'paris.'],
    ['2*10^3', '2000'],
  ])('%j = %j', (a, b) => {
    expect(sameAnswer(a, b)).toBe(true);
    expect(sameAnswer(b, a)).toBe(true);
  });

  test.each([
    ['1/2', '0.51'],
    ['1/3', '0.333'],
    ['x = 3', 'y = 3'],
    ['x = 3', '4'],
    ['(A) foo', 'B'],
    ['(A) foo', '(B) foo'],
    ['12 cm', '12 m'],
    ['1,000', '1'],
    ['1,000', '1.000'],
    ['(1, 2)', '(2, 1)'],
    ['(1, 2)', '[1, 2]'],
    ['50%', '50'],
    ['-3', '3'],
    ['2\\pi', '2'],
    ['2\\sqrt{3}', '2'],
    ['3i', '3'],
    ['1, 1, 2', '1, 2, 2'],
    ['', ''],
    ["I don't know", '0'],
    ['1/0', '2/0'],
  ])('%j is not %j', (a, b) => {
    expect(sameAnswer(a, b)).toBe(false);
    expect(sameAnswer(b, a)).toBe(false);
  });

  test('two fractions are the same exactly when their values are', () => {
    const part = fc.integer({ min: -30, max: 30 });
    const positive = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(part, positive, part, positive, (a, b, c, d) => sameAnswer(`${a}/${b}`, `\\frac{${c}}{${d}}`) === (a * d === c * b)),
      { seed: 11 },
    );
  });
});
