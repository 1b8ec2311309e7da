import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/attune.ts';

test('deploy/example.env lists every setting that services read, and no other', () => {
  const readers = readdirSync(join(ROOT, 'services'), { recursive: true, encoding: 'utf8' }).filter((file) => /(^|\/)(config|service-env|bus\/nats\/settings)\.ts$/.test(file));
  const code = readers.map((file) => readFileSync(join(ROOT, 'services', file), 'utf8')).join('\n');
  const read = new Set([...code.matchAll(/['"`](ATTUNE_[A-Z0-9_]+)/g)].map((match) => match[1]!));
  read.delete('ATTUNE_SIM_FAULT_'); // one for each kind of fault
  read.delete('ATTUNE_JUDGE_PORT'); // an example in a comment
  const listed = new Set([...readFileSync(join(ROOT, 'deploy/example.env'), 'utf8').matchAll(/^(ATTUNE_[A-Z0-9_]+)=/gm)].map((match) => match[1]!));
  expect([...listed].sort()).toEqual([...read].sort());
});
