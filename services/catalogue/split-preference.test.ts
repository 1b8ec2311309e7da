import { expect, test } from 'vitest';
import { preferenceText } from './preference-text.ts';
import { splitPreference } from './split-preference.ts';

test.each([
  ['When I say "a: b", or hurry: be short', 'I say "a: b", or hurry', 'be short'],
  ['When listing items, options, or steps, use bullets.', 'listing items, options, or steps', 'use bullets.'],
  ['- When the code is SQL, write keywords in upper case.', 'the code is SQL', 'write keywords in upper case.'],
  ['Use bullets when listing options.', 'listing options', 'Use bullets'],
  ['When working on it you prefer small steps, one by one.', 'working on it', 'you prefer small steps, one by one.'],
  ['Use bullets.', '', 'Use bullets.'],
  ['First sentence. Stop when done.', '', 'First sentence. Stop when done.'],
])('%s', (text, condition, action) => expect(splitPreference(text)).toEqual({ condition, action }));

test('splits what preferenceText joins', () => {
  const preference = { condition: 'I ask why', action: 'give the reason' };
  expect(splitPreference(preferenceText(preference))).toEqual(preference);
  expect(preferenceText({ condition: '', action: 'Be blunt.' })).toBe('Be blunt.');
});
