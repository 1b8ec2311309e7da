import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AttuneError } from '../platform/errors.ts';

/** The folder of a run that is named by its path or by its id under runs/. */
export function findRun(name: string): string {
  const found = [name, join('runs', name)].find((dir) => existsSync(join(dir, 'manifest.json')));
  if (found !== undefined) return found;
  throw new AttuneError('not_found', `No run "${name}": expected a folder with a manifest.json, or the id of a run under runs/.`);
}
