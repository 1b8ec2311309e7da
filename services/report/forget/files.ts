import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Those of the files that are there. */
export async function existingFiles(files: readonly string[]): Promise<string[]> {
  return files.filter((file) => existsSync(file));
}

/** Every file under a folder, sorted; none when there is no such folder. */
export async function filesUnder(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
}
