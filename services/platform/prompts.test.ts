import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { loadPrompt } from './prompts.ts';
import { hashHex } from './random.ts';

const folder = mkdtempSync(join(tmpdir(), 'attune-prompts-'));
afterAll(() => rmSync(folder, { recursive: true }));

function prompt(text: string, name = 'greeting') {
  const path = join(folder, `${name}.md`);
  writeFileSync(path, text);
  return loadPrompt(pathToFileURL(path));
}

test('fills every placeholder, as often as it stands there', () => {
  expect(prompt('Hello {{name}}, {{greeting}} {{name}}!').render({ name: 'Ada', greeting: 'good day' })).toBe('Hello Ada, good day Ada!');
});

test('knows its name and its hash, which does not depend on line ends', () => {
  const one = prompt('a\r\nb\r\n');
  expect([one.name, one.hash]).toEqual(['greeting', hashHex('a\nb')]);
  expect(prompt('a\nb').hash).toBe(one.hash);
});

test('values are not filled again, and "$&" is text', () => {
  expect(prompt('{{a}}-{{b}}').render({ a: '{{b}} {{nothing}}', b: "$& $1 $' }}" })).toBe("{{b}} {{nothing}}-$& $1 $' }}");
});

test('single braces and JSON are text', () => {
  expect(prompt('{"a": {"b": 1} } {{x}}').render({ x: '1' })).toBe('{"a": {"b": 1} } 1');
});

test('missing and unused names fail and name the file', () => {
  const filled = prompt('{{a}} {{b}}');
  expect(() => filled.render({ a: '1', c: '2' })).toThrow(/greeting\.md cannot be filled: no value for b; no placeholder for c\.$/);
  expect(() => filled.render({ a: '1' })).toThrow('no value for b');
  expect(() => filled.render({ a: '1', b: '', c: '2' })).toThrow('no placeholder for c');
  expect(() => prompt('{{toString}}').render({})).toThrow('no value for toString');
});

test.each([
  ['{{ name }}', 'braces that are no placeholder'],
  ['{{user-name}}', 'braces that are no placeholder'],
  ['a }} b', 'braces that are no placeholder'],
  [' \n', 'is empty'],
])('the text %j is refused', (text, problem) => {
  expect(() => prompt(text, 'wrong')).toThrow(problem);
  expect(() => prompt(text, 'wrong')).toThrow('wrong.md');
});

test('a missing file is named', () => {
  expect(() => loadPrompt(pathToFileURL(join(folder, 'none.md')))).toThrow(/none\.md cannot be read/);
});
