import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SessionRecord } from '../../gen/attune/record/v1/record.ts';
import { readLines } from '../../platform/append-log.ts';
import { AttuneError } from '../../platform/errors.ts';
import { describeFileError, syncFolder, writeFileAtomic } from '../../platform/files.ts';
import type { Manifest } from '../manifest.ts';
import { hashInputs, inputsText, openRunFolder } from '../run-folder.ts';
import { runPaths } from '../run-paths.ts';
import { existingFiles } from './files.ts';
import { isLineOf } from './lines.ts';
import { profileTombstone, sessionTombstone } from './tombstone.ts';

/**
 * Takes a user out of the files of a run folder. Of each planned session, run or not, the key stays with the status "forgotten"; of the profile the id; verdicts
 * and events go. Other lines stay as they are, in their order. The caller holds the folder's lock. Doing it again changes nothing. Files are replaced whole; the
 * file system may keep the bytes of the old ones until it uses their blocks anew.
 */
export async function forgetRecords(dir: string, userId: string): Promise<ForgottenRecords> {
  const { manifest, inputs } = await openRunFolder(dir);
  const paths = runPaths(dir);
  const tombstones = tombstonesOf(manifest, userId);
  const removed = { sessions: 0, verdicts: 0, events: 0 };
  for (const kind of ['verdicts', 'events', 'sessions'] as const) {
    const [file] = await existingFiles([paths[kind]]);
    if (file === undefined && kind !== 'sessions') continue;
    removed[kind] = await rewrite(paths[kind], file !== undefined, (line) => !isLineOf(line, userId), kind === 'sessions' ? tombstones : []);
  }
  const left = { ...inputs, profiles: inputs.profiles.map((profile) => (profile.userId === userId ? profileTombstone(userId) : profile)) };
  await writeFileAtomic(paths.inputs, inputsText(left));
  await writeFileAtomic(paths.manifest, `${JSON.stringify({ ...manifest, inputs: hashInputs(left) } satisfies Manifest, null, 2)}\n`);
  await rm(paths.report, { recursive: true, force: true });
  return { ...removed, tombstones: tombstones.length };
}

/** SHA-256 over all that the records hold of other users, in the order of the files: their profiles, records, verdicts and events. */
export async function hashOfOthers(dir: string, userId: string): Promise<string> {
  const { inputs } = await openRunFolder(dir);
  const { sessions, verdicts, events } = runPaths(dir);
  const hash = createHash('sha256');
  hash.update(JSON.stringify(inputs.profiles.filter((profile) => profile.userId !== userId)));
  for (const file of await existingFiles([sessions, verdicts, events])) {
    for await (const { line } of readLines(file)) if (!isLineOf(line, userId)) hash.update(`${line}\n`);
  }
  return hash.digest('hex');
}

function tombstonesOf({ methods, plan }: Manifest, userId: string): string[] {
  return methods.flatMap(({ name: method }) =>
    Array.from({ length: plan.sessionsPerTrajectory }, (_, session) => JSON.stringify(SessionRecord.toJSON(sessionTombstone({ method, userId, session })))),
  );
}

/** Gives how many lines went, those not counted that come back as they were. */
async function rewrite(file: string, exists: boolean, keeps: (line: string) => boolean, added: readonly string[]): Promise<number> {
  const draft = `${file}.forget.tmp`;
  const again = new Set(added);
  let removed = 0;
  try {
    const handle = await open(draft, 'w');
    try {
      let chunk: string[] = [];
      const write = async (lines: readonly string[]) => {
        if (lines.length > 0) await handle.appendFile(`${lines.join('\n')}\n`);
      };
      if (exists) {
        for await (const { line } of readLines(file)) {
          if (keeps(line)) chunk.push(line);
          else if (!again.has(line)) removed += 1;
          if (chunk.length >= LINES_AT_ONCE) await write(chunk.splice(0));
        }
      }
      await write(chunk);
      chunk = [];
      await write(added);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
    await syncFolder(dirname(file));
    return removed;
  } catch (cause) {
    await rm(draft, { force: true });
    throw cause instanceof AttuneError ? cause : describeFileError(`Cannot rewrite ${file}`, cause);
  }
}

const LINES_AT_ONCE = 256;

export interface ForgottenRecords {
  /** Lines that went. */
  sessions: number;
  verdicts: number;
  events: number;
  /** Keys that stay. */
  tombstones: number;
}
