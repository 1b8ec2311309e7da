import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, resolve } from 'node:path';
import { AttuneError } from '../platform/errors.ts';
import { describeFileError } from '../platform/files.ts';

/**
 * Takes the lock of a run folder for this process; `release` gives it back. The lock of a process that is gone is taken over; "gone" is
 * known only on the same machine, and takes the process's start time into account, since a restarted container counts its pids anew.
 * Throws `failed_precondition` when another recorder holds it.
 *
 * With `leased` the caller holds the lease that all recorders of a run on a bus must hold. A lock that was taken under that lease then belongs to somebody who
 * has lost it, on whatever machine, and is taken over.
 */
export async function takeLock(path: string, { leased = false }: { leased?: boolean } = {}): Promise<Lock> {
  const file = resolve(path);
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), started: await startOf(process.pid), id: randomUUID(), leased } satisfies Holder);
  const draft = `${file}.${randomUUID()}`;
  try {
    // A link carries its content from the first moment, unlike a file that is created and then written.
    await writeFile(draft, `${mine}\n`, { flag: 'wx' });
    if (!(await linked(draft, file))) {
      await removeStale(file, leased);
      if (!(await linked(draft, file))) throw await heldBy(file);
    }
  } catch (cause) {
    throw cause instanceof AttuneError ? cause : describeFileError(`Cannot lock ${file}`, cause);
  } finally {
    await rm(draft, { force: true });
  }
  heldHere.add(file);
  return {
    async release() {
      if (!heldHere.delete(file)) return;
      // Somebody who took it over keeps it.
      if ((await readFile(file, 'utf8').catch(() => '')).trim() === mine) await rm(file, { force: true });
    },
  };
}

/** Locks that this process holds now; a lock with our pid that is not here was left by an earlier process with the same pid. */
const heldHere = new Set<string>();

async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Puts a stale lock aside; when two processes try, the second may have moved a fresh lock away and puts it back. */
async function removeStale(file: string, leased: boolean): Promise<void> {
  const found = await readHolder(file);
  if (!found || (!(leased && found.leased) && (await isAlive(file, found)))) throw await heldBy(file);
  const aside = `${file}.stale.${randomUUID()}`;
  await rename(file, aside);
  const moved = await readHolder(aside);
  if (moved?.id !== found.id) await linked(aside, file);
  await rm(aside, { force: true });
}

async function isAlive(file: string, holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  if (holder.pid === process.pid) return heldHere.has(file);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM means that the process is there and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return (await startOf(holder.pid)) === holder.started;
}

/** When a process started, in the kernel's clock ticks; empty where the system has no /proc. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the command in brackets and may hold spaces; the start time is the 20th field after it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const { pid, host, started, id, leased = false } = JSON.parse(await readFile(file, 'utf8')) as Partial<Holder>;
    if (pid !== undefined && host !== undefined && started !== undefined && id !== undefined) return { pid, host, started, id, leased };
  } catch {
    // Neither a missing nor an unreadable lock tells who holds it; the caller refuses and names the file.
  }
  return undefined;
}

async function heldBy(file: string): Promise<AttuneError> {
  const holder = await readHolder(file);
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'somebody unknown';
  return new AttuneError(
    'failed_precondition',
    `A run folder should have one recorder, found ${basename(file)} held by ${who}; wait until that run ends, or delete ${file} if no such process exists.`,
  );
}

export interface Lock {
  /** Gives the lock back; a second call does nothing. */
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly started: string;
  /** Tells two locks of one process apart. */
  readonly id: string;
  /** Taken under the lease of a run on a bus. */
  readonly leased: boolean;
}
