import { open, mkdtemp, rename, rmdir, rm, stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { AttuneError } from './errors.ts';

/**
 * Writes a whole file so that a reader, also after a crash, finds the old content or the new one and never a part: the content goes to a
 * temporary file beside it, is synced, and takes the name in one step. Throws with the system's code and one sentence.
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true });
    throw describeFileError(`Cannot write ${path}`, cause);
  }
}

/**
 * Throws one sentence unless the path is a folder in which files can be made. It makes and removes an empty folder, because permission
 * bits say nothing about read-only mounts and full disks.
 */
export async function assertWritableFolder(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw describeFileError(`Expected a folder at ${path}`, cause);
  });
  if (!found.isDirectory()) throw new AttuneError('failed_precondition', `Expected a folder at ${path}, found a file; name another path.`);
  try {
    await rmdir(await mkdtemp(join(path, '.attune-probe-')));
  } catch (cause) {
    throw describeFileError(`The folder ${path} cannot be written`, cause);
  }
}

/** Syncs a folder's list of names: a new or renamed file lasts only after this. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** One sentence about a failed file operation: what was tried, why it failed, how to mend it. */
export function describeFileError(tried: string, cause: unknown): AttuneError {
  const error = AttuneError.from(cause);
  const system = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return new AttuneError(error.code, `${tried}: ${SENTENCES[system] ?? error.message}.`, { cause });
}

const SENTENCES: Record<string, string> = {
  ENOENT: 'there is no such file or folder; create it or correct the path',
  ENOTDIR: 'a part of the path is a file; correct the path',
  EISDIR: 'it is a folder; name a file',
  EACCES: 'permission is denied; change the permissions or choose another place',
  EPERM: 'permission is denied; change the permissions or choose another place',
  EROFS: 'the file system is read-only; choose another place',
  ENOSPC: 'the disk is full; free some space and try again',
  EFBIG: 'the file may not grow any further; raise the limit with ulimit -f',
  EDQUOT: 'the disk quota is used up; free some space and try again',
  EMFILE: 'too many files are open; raise the limit with ulimit -n',
  EEXIST: 'it exists already',
};
