import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The text of a file among the public data sets that are not part of this repository, for example "multisessioncollab/profiles-000-049.json", or null when it is
 * not there (tests then use `test.skipIf`). Looked for under ATTUNE_TEST_DATA, else under ../shared/data beside the checkout.
 */
export function testData(name: string): string | null {
  const path = testDataPath(name);
  return path === null ? null : readFileSync(path, 'utf8');
}

/** The path of such a file, or null. Says loudly that tests will be skipped. */
export function testDataPath(name: string): string | null {
  const root = process.env['ATTUNE_TEST_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
  const path = join(root, name);
  if (existsSync(path)) return path;
  console.warn(`\n!!! SKIPPED: test data ${path} is missing; set ATTUNE_TEST_DATA to the folder that holds ${name}\n`);
  return null;
}
