import { expect, test } from 'vitest';
import { isClarifyingOnly } from './clarifying.ts';

test.each([
  ['Could you share the full problem?', true],
  ['Happy to help! What numbers are given, and what is asked?', true],
  ['Sure. Please share the exact statement of the problem.', true],
  ['I can help with that. Which options do you have?', true],
  ['1. What is the equation?\n2. What did you try?', true],
  ['The answer is 4. Is that what you meant?', false],
  ['Step 1: subtract 3, so 2x = 6. Does this make sense?', false],
  ['Shall I continue?', false],
  ['Ice floats because it is less dense. Water is special. It expands when it freezes. Any more questions?', false],
  ['```py\na\n```\nWhich version do you use?', false],
  ['x = 3.', false],
  ['', false],
])('%j: %s', (reply, expected) => expect(isClarifyingOnly(reply)).toBe(expected));
