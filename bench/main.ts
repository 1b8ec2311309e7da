/**
 * `npm run bench -- <name> [options]`: runs one benchmark of this folder, each a file with a docblock that says what it measures. Benchmarks
 * print and do not judge: the exit code is 0 whatever they measured, 1 when they could not measure and 2 for a wrong name.
 */
import { readdirSync } from 'node:fs';

const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();
const [name = ''] = process.argv.splice(2, 1);

if (names.includes(name)) {
  await import(new URL(`${name}.ts`, import.meta.url).href);
} else {
  process.stderr.write(`${name === '' ? 'Name a benchmark' : `There is no benchmark "${name}"`}; known: ${names.join(', ')}. For example: npm run bench -- ${names[0]}\n`);
  process.exitCode = 2;
}
