import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { Profile } from '../gen/attune/profile/v1/profile.ts';
import { Problem } from '../gen/attune/task/v1/task.ts';
import { AttuneError } from '../platform/errors.ts';
import { describeFileError, writeFileAtomic } from '../platform/files.ts';
import { hashHex } from '../platform/random.ts';
import { Manifest, parseManifest } from './manifest.ts';
import { runPaths } from './run-paths.ts';

/**
 * Makes a run folder: inputs first, the manifest last, so that a folder with a manifest is whole. `manifest.inputs` must be
 * `hashInputs(inputs)`. On failure nothing is left behind that was not there before.
 * Throws `already_exists` when the folder holds a run, `failed_precondition` when it holds something else, `permission_denied` and the like
 * when it can't be written.
 */
export async function createRunFolder(dir: string, manifest: Manifest, inputs: RunInputs): Promise<void> {
  const paths = runPaths(dir);
  const checked = Manifest.parse(manifest);
  const text = inputsText(inputs);
  if (checked.inputs.inputsHash !== hashHex(text)) {
    throw new AttuneError('invalid_argument', `The manifest of run ${checked.runId} should carry the hashes of its inputs, found other ones; fill them in with hashInputs.`);
  }
  const created = await claimFolder(dir);
  try {
    await writeFileAtomic(paths.inputs, text);
    await writeFileAtomic(paths.manifest, `${JSON.stringify(checked, null, 2)}\n`);
  } catch (error) {
    for (const path of created ? [created] : [paths.manifest, paths.inputs]) await rm(path, { recursive: true, force: true });
    throw unwritable(dir, error);
  }
}

/** Takes back a folder that was just made, for a run that could not begin: what else lies in it stays. */
export async function discardRunFolder(dir: string): Promise<void> {
  const paths = runPaths(dir);
  for (const path of [paths.manifest, paths.inputs]) await rm(path, { force: true });
  // Not empty: somebody else's files were put there meanwhile.
  await rmdir(dir).catch(() => undefined);
}

/**
 * Reads what a run is made of and checks that the inputs are those of the manifest.
 * Throws `not_found` when the folder holds no run, `data_loss` when inputs and manifest don't belong together.
 */
export async function openRunFolder(dir: string): Promise<RunFolder> {
  const paths = runPaths(dir);
  const manifest = parseManifest(await readText(paths.manifest, dir), paths.manifest);
  const text = await readText(paths.inputs, dir);
  if (hashHex(text) !== manifest.inputs.inputsHash) {
    throw new AttuneError(
      'data_loss',
      `${paths.inputs} should have the hash ${manifest.inputs.inputsHash.slice(0, 12)}… that the manifest names, found ${hashHex(text).slice(0, 12)}…; restore the file or start a new run.`,
    );
  }
  return { manifest, inputs: readRunInputs(text) };
}

/** Reads the text of inputs.json. */
export function readRunInputs(text: string): RunInputs {
  const found = JSON.parse(text) as { profiles: unknown[]; problems: unknown[] };
  return { profiles: found.profiles.map((profile) => Profile.fromJSON(profile)), problems: found.problems.map((problem) => Problem.fromJSON(problem)) };
}

/** The hashes that a manifest carries: over the proto JSON of the profiles, of the problems, and over the text of inputs.json. */
export function hashInputs(inputs: RunInputs): Manifest['inputs'] {
  return {
    profilesHash: hashHex(JSON.stringify(inputs.profiles.map((profile) => Profile.toJSON(profile)))),
    problemsHash: hashHex(JSON.stringify(inputs.problems.map((problem) => Problem.toJSON(problem)))),
    inputsHash: hashHex(inputsText(inputs)),
  };
}

/** The text of inputs.json. One profile or problem a line: small enough to read, and a change shows as one line in a diff. */
export function inputsText(inputs: RunInputs): string {
  const list = (items: readonly unknown[]) => `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`;
  const profiles = inputs.profiles.map((profile) => Profile.toJSON(profile));
  const problems = inputs.problems.map((problem) => Problem.toJSON(problem));
  return `{"profiles": ${list(profiles)},\n"problems": ${list(problems)}}\n`;
}

/** Gives the topmost folder that had to be made, or undefined when the (empty) folder was there. */
async function claimFolder(dir: string): Promise<string | undefined> {
  let names: string[];
  try {
    const created = await mkdir(dir, { recursive: true });
    if (created) return created;
    names = await readdir(dir);
  } catch (error) {
    throw unwritable(dir, error);
  }
  if (names.includes('manifest.json')) {
    throw new AttuneError('already_exists', `${dir} already holds a run; go on with it by --resume ${dir}, or name another folder.`);
  }
  if (names.length > 0) {
    throw new AttuneError(
      'failed_precondition',
      `${dir} should be new or empty, found ${names.length === 1 ? names[0] : `${names.length} files`} and no manifest.json; empty it or name another folder.`,
    );
  }
  return undefined;
}

function unwritable(dir: string, cause: unknown): AttuneError {
  return describeFileError(`Cannot make the run folder ${dir}`, cause instanceof AttuneError && cause.cause ? cause.cause : cause);
}

async function readText(file: string, dir: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const error = describeFileError(`Cannot read ${file}`, cause);
    if (error.code !== 'not_found') throw error;
    throw new AttuneError('not_found', `${dir} should be the folder of a run, found no ${basename(file)} in it; name another folder.`, { cause });
  }
}

export interface RunInputs {
  readonly profiles: readonly Profile[];
  readonly problems: readonly Problem[];
}

export interface RunFolder {
  readonly manifest: Manifest;
  readonly inputs: RunInputs;
}
