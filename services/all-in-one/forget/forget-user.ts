import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Experiment } from '../../orchestrator/service.ts';
import { parseExperiment } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { eraseAnswers } from '../../platform/models/index.ts';
import type { Nats } from '../../platform/nats.ts';
import { createTextFinder } from '../../platform/text-finder.ts';
import { buildReport, forgetRecords, hashOfOthers, isForgotten, openRunFolder, ownTexts, runPaths, takeLock } from '../../report/service.ts';
import type { Manifest, RunInputs } from '../../report/service.ts';
import { openModels } from '../models.ts';
import { createNetwork } from '../network.ts';
import { forgetMemories, hashOfMemories, memoryTexts } from './memories.ts';
import { eraseOnServer, reserveRun } from './on-server.ts';
import type { CheckedPlace, ForgottenPlace } from './places.ts';
import { verifyPlaces } from './verify.ts';

/**
 * Takes a user out of a run: out of the memory of every method, wherever it is served, the response cache, what a NATS server holds of the run, and the run's folder,
 * where the keys of the sessions stay. Services are asked first and the records go last, since they tell what to look for; whatever fails on the way, doing it again goes on.
 * With `verify` every place is then searched for the user's own texts, and what belongs to others is compared with before.
 * Throws `not_found` for a user that the run does not have, and `failed_precondition` while somebody works on the run.
 */
export async function forgetUser(dir: string, userId: string, deps: ForgetDeps): Promise<ForgetReceipt> {
  const { manifest, inputs } = await openRunFolder(dir);
  const experiment = parseExperiment(manifest.experiment, `${dir}/manifest.json`);
  requireUser(manifest, inputs, userId);
  const { nats, log, secrets, verify } = deps;
  const rights: (() => Promise<unknown>)[] = [];
  const services: (() => Promise<unknown>)[] = [];
  const closeAll = async (releases: (() => Promise<unknown>)[]) => {
    for (const release of releases.splice(0).reverse()) await release();
  };
  try {
    if (nats) rights.push(await reserveRun(nats, manifest));
    const lock = await takeLock(runPaths(dir).lock, { leased: nats !== null });
    rights.push(() => lock.release());
    const models = await openModels(experiment, { knowledge: inputs.problems, secrets, log });
    services.push(() => models.close());
    const network = await createNetwork(experiment, { models, secrets, stateDir: join(dir, 'state'), wire: null, log });
    services.push(() => network.close());

    const others = inputs.profiles.filter((profile) => profile.userId !== userId).map((profile) => profile.userId);
    const before = verify ? { records: await hashOfOthers(dir, userId), memories: await hashOfMemories(network, manifest, others) } : null;
    const own = await ownTexts(dir, userId, await memoryTexts(network, manifest, userId));
    const finder = createTextFinder(own);
    const isTheirs = (bytes: Buffer) => finder.find(bytes).size > 0;

    const places: ForgottenPlace[] = await forgetMemories(network, experiment, manifest.runId, userId);
    places.push(await clearCache(experiment, deps.wholeCache, isTheirs));
    if (nats) places.push(await eraseOnServer(nats, { manifest, experiment, inputs }, userId));
    places.push(...(await clearFolder(dir, inputs, userId)));

    const after = before && { records: await hashOfOthers(dir, userId), memories: await hashOfMemories(network, manifest, others) };
    const stillThere = verify ? await memoryTexts(network, manifest, userId) : [];
    // Databases are searched as they lie on the disk, so that nobody may be about to write them.
    await closeAll(services);
    const checked = verify ? await verifyPlaces({ dir, experiment, manifest, nats, jetstreamStore: deps.jetstreamStore, finder, stillThere }) : null;
    return {
      runId: manifest.runId,
      userId,
      texts: own.length,
      places,
      checked,
      othersUnchanged: before && after && { records: before.records === after.records, memories: before.memories === after.memories },
      notReached: notReached(experiment, nats, checked),
    };
  } finally {
    await closeAll(services);
    await closeAll(rights);
  }
}

function requireUser({ runId }: Manifest, { profiles }: RunInputs, userId: string): void {
  if (profiles.some((profile) => profile.userId === userId)) return;
  const known = profiles.filter((profile) => !isForgotten(profile)).map((profile) => profile.userId);
  throw new AttuneError('not_found', `The run ${runId} should have the user ${JSON.stringify(userId)}, found ${known.slice(0, 5).join(', ')}${known.length > 5 ? ` and ${known.length - 5} others` : ''}; correct --user.`);
}

async function clearCache(experiment: Experiment, whole: boolean, isTheirs: (bytes: Buffer) => boolean): Promise<ForgottenPlace> {
  const { cacheDir } = experiment.models;
  const { read, erased } = await eraseAnswers(cacheDir, whole ? undefined : isTheirs);
  return { place: 'response cache', where: cacheDir, removed: `${erased} of ${read} answers` };
}

async function clearFolder(dir: string, { profiles }: RunInputs, userId: string): Promise<ForgottenPlace[]> {
  const { report } = runPaths(dir);
  const hadReport = existsSync(report);
  const { sessions, verdicts, events, tombstones } = await forgetRecords(dir, userId);
  const isAnybodyLeft = profiles.some((profile) => profile.userId !== userId && !isForgotten(profile));
  const rebuilt = hadReport && isAnybodyLeft;
  if (rebuilt) await buildReport(dir, { allowIncomplete: true });
  return [
    { place: 'records', where: relative('.', dir) || '.', removed: `${sessions} session records, ${verdicts} verdicts, ${events} events and the profile; ${tombstones} keys stay` },
    { place: 'report', where: relative('.', report), removed: !hadReport ? 'there was none' : rebuilt ? 'rebuilt without the user' : 'removed; nobody is left in the run' },
  ];
}

/** What no command can reach from here. */
function notReached({ profiles, models, preferences }: Experiment, nats: Nats | null, checked: ForgetReceipt['checked']): string[] {
  const hints = [
    ...(profiles.file === undefined ? [] : [`the profiles file ${profiles.file}, from which a new run would take the user again`]),
    ...(models.cache === 'off' ? [] : ['answers of the cache in which none of the texts stand, such as embeddings, and those of attempts that no record tells of (--whole-cache removes all)']),
    ...(nats ? [] : ['a NATS server, if the run was on one (--bus)']),
    ...(nats && checked && !checked.some(({ place }) => place === 'JetStream files') ? ['the files of the NATS server (--jetstream-store searches them)'] : []),
    ...(preferences.store.qdrant === undefined ? [] : ['files of the Qdrant server, which removes points but decides itself when it rewrites its segments']),
    'reports in other folders, copies of this folder, and logs of model servers',
  ];
  return hints;
}

export interface ForgetDeps {
  secrets: Readonly<Record<string, string | undefined>>;
  log: Logger;
  /** The server on which the run was; null when it was in one process. */
  nats: Nats | null;
  /** Search every place afterwards. */
  verify: boolean;
  /** Remove every answer of the response cache. */
  wholeCache: boolean;
  /** The folder of the NATS server's files, when it lies on this machine and shall be searched too. */
  jetstreamStore: string | undefined;
}

export interface ForgetReceipt {
  runId: string;
  userId: string;
  /** Pieces of text that were only this user's, by which places are searched. */
  texts: number;
  places: ForgottenPlace[];
  checked: CheckedPlace[] | null;
  /** Whether what belongs to other users is as it was. */
  othersUnchanged: { records: boolean; memories: boolean } | null;
  notReached: string[];
}
