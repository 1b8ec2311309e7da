import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFileError } from '../files.ts';

/**
 * Removes stored answers of the response cache whose bytes `isTheirs` says to be somebody's. A file holds an answer and the hash of the question, not the question: an answer in which
 * nothing of a person stands, such as an embedding of their words, cannot be found this way. Without `isTheirs` all answers go. None when there is no such folder.
 */
export async function eraseAnswers(dir: string, isTheirs?: (bytes: Buffer) => boolean): Promise<{ read: number; erased: number }> {
  const count = { read: 0, erased: 0 };
  try {
    for (const entry of (await unlessGone(readdir(dir, { recursive: true, withFileTypes: true }))) ?? []) {
      if (!entry.isFile() || !ANSWER.test(entry.name)) continue;
      const file = join(entry.parentPath, entry.name);
      const bytes = await unlessGone(readFile(file));
      if (bytes === null) continue;
      count.read += 1;
      if (isTheirs && !isTheirs(bytes)) continue;
      await rm(file, { force: true });
      count.erased += 1;
    }
  } catch (cause) {
    throw describeFileError(`Cannot clear the response cache ${dir}`, cause);
  }
  return count;
}

/** Runs share a cache: what another process renames or removes meanwhile must not keep us from the rest. */
async function unlessGone<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
}

/** Whole answers, and drafts that a kill left. */
const ANSWER = /^[0-9a-f]{64}\.json(?:\.\d+\.\d+\.tmp)?$/;
