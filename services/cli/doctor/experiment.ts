import { existsSync } from 'node:fs';
import { loadMethod } from '../../agent/service.ts';
import { credentialsFor } from '../../all-in-one/service.ts';
import { datasetNames, listDatasets, readDatasetsConfig, specOf } from '../../datasets/index.ts';
import { placeOf, readUsers } from '../../orchestrator/service.ts';
import type { Experiment } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { assertWritableFolder } from '../../platform/files.ts';
import type { Check, Outcome } from './finding.ts';
import { qdrantCheck } from './qdrant.ts';
import { serviceCheck } from './services.ts';

/** What an experiment needs beside models: its methods, users and problems, and whatever it names that is served elsewhere. */
export function experimentChecks(experiment: Experiment, secrets: Readonly<Record<string, string | undefined>>): Check[] {
  const { services, preferences, models } = experiment;
  const credentials = () => credentialsFor(experiment, secrets);
  const checks: Check[] = [
    { group: 'asked', what: 'users', look: async () => `${(await readUsers(experiment)).length} profiles` },
    ...experiment.datasets.map((dataset): Check => ({ group: 'asked', what: `problems ${fileOf(dataset)}`, look: () => lookAtDataset(fileOf(dataset), secrets) })),
  ];
  for (const method of experiment.methods) {
    if (typeof method === 'string') checks.push({ group: 'asked', what: `method ${method}`, look: () => lookAtMethod(method, experiment) });
    else checks.push(late(`method ${method.name}`, () => serviceCheck({ address: method.target, wanted: { method: method.name }, ...credentials().method(method.name) })));
  }
  for (const service of ['simulator', 'judge'] as const) {
    const address = services[service];
    if (address !== undefined) checks.push(late(service, () => serviceCheck({ address, wanted: { service }, ...credentials().service(address) })));
  }
  if (preferences.store.qdrant !== undefined) checks.push(qdrantCheck(preferences.store.qdrant, secrets[preferences.store.apiKeyEnv]));
  if (preferences.itemSpace !== undefined) checks.push({ group: 'asked', what: 'item space', look: () => lookAtFile(preferences.itemSpace!, 'make it with: attune preferences fit-space') });
  if (models.cache !== 'off' && existsSync(models.cacheDir)) checks.push({ group: 'asked', what: 'response cache', look: async () => (await assertWritableFolder(models.cacheDir), `${models.cacheDir} can be written`) });
  return checks;
}

/** A check that can only be made when names of tokens and files are right. */
function late(what: string, make: () => Check): Check {
  return { group: 'asked', what, look: (signal) => make().look(signal) };
}

async function lookAtMethod(name: string, experiment: Experiment): Promise<string> {
  const { method } = await loadMethod(name);
  if (method.usesNoteWriter && placeOf(experiment, 'note_writer') === null) throw new AttuneError('failed_precondition', `${name} needs a model trained to write notes; name it in models.roles.note_writer.`);
  return method.summary;
}

async function lookAtDataset(file: string, env: Readonly<Record<string, string | undefined>>): Promise<Outcome> {
  if (file === 'bank') return 'built in';
  const { name } = specOf(file);
  if (!datasetNames().includes(name)) return lookAtFile(file, `name a file, "bank" or one of ${datasetNames().join(', ')}`);
  const config = readDatasetsConfig(env);
  const cached = (await listDatasets(config)).find((one) => one.name === name)?.cached ?? false;
  if (cached || file.includes('=')) return 'in the cache or a file of its own';
  if (config.offline) throw new AttuneError('failed_precondition', `${name} is not in the cache and ATTUNE_OFFLINE is set; fetch it first with: attune datasets fetch ${name}`);
  return { status: 'weak', detail: `${name} is not in the cache, so the run fetches it from ${config.hubUrl} first; fetch it now with: attune datasets fetch ${name}` };
}

async function lookAtFile(file: string, how: string): Promise<string> {
  if (existsSync(file)) return file;
  throw new AttuneError('not_found', `there is no file ${file}; ${how}.`);
}

function fileOf(dataset: Experiment['datasets'][number]): string {
  return typeof dataset === 'string' ? dataset : dataset.file;
}
