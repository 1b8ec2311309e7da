import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { hashHex } from '../services/platform/random.ts';
import { ROOT, temporaryFolder } from './support/attune.ts';
import { ownMethods } from './support/own-methods.ts';
import { startNode } from './support/start-node.ts';

/** Prompts that no run sends: the template's, and those that profiles are written with beforehand, whose outcome the manifest hashes. */
const NOT_OF_A_RUN = /^(agent\/methods\/_template|catalogue\/llm-profiles)\//;

/** Prints the prompt hashes of a run with the methods given. */
const SCRIPT = `
import { openModels, createNetwork } from '../services/all-in-one/service.ts';
import { manifestOf } from '../services/all-in-one/manifest.ts';
import { parseExperiment, readInputs } from '../services/orchestrator/service.ts';
import { createLogger } from '../services/platform/log.ts';

const experiment = parseExperiment({ methods: process.argv.slice(2), profiles: { limit: 1 }, models: { roles: { note_writer: { url: 'sim', model: 'w' } } } }, 'test');
const inputs = await readInputs(experiment);
const log = createLogger({ name: 'test', level: 'silent' });
const models = await openModels(experiment, { knowledge: [], secrets: {}, log });
const network = await createNetwork(experiment, { models, secrets: {}, stateDir: null, wire: null, log });
process.stdout.write(JSON.stringify(manifestOf(experiment, inputs, { models, network, certificate: null, now: new Date(0) }).promptHashes));
await network.close();
await models.close();
`;

test('every prompt of the services is in the manifest, and one letter more in any of them changes its hash there and no other', async () => {
  await using checkout = await temporaryFolder();
  for (const name of ['services', 'package.json', 'tsconfig.json']) cpSync(join(ROOT, name), join(checkout.path, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(checkout.path, 'node_modules'));
  writeFileSync(join(checkout.path, 'services/print-hashes.ts'), SCRIPT.replaceAll("'../services/", "'./"));
  const services = join(checkout.path, 'services');
  const files = readdirSync(services, { recursive: true, encoding: 'utf8' }).filter((file) => basename(dirname(file)) === 'prompts' && file.endsWith('.md') && !NOT_OF_A_RUN.test(file));
  expect(files.length).toBeGreaterThan(30);

  const methods = await ownMethods();
  const print = async () => JSON.parse(await startNode(join(services, 'print-hashes.ts'), methods, {})) as Record<string, string>;
  const hashOf = (file: string) => hashHex(readFileSync(join(services, file), 'utf8').trim());
  const before = await print();
  const nameOf = new Map(files.map((file) => [file, Object.keys(before).filter((name) => before[name] === hashOf(file) && file.endsWith(`/${name.split('/').at(-1)}.md`))]));
  expect([...nameOf].filter(([, names]) => names.length !== 1)).toEqual([]);
  expect(Object.keys(before).sort()).toEqual([...nameOf.values()].flat().sort());

  // All at once: a change that reached another entry than its own would leave one unchanged, or two equal.
  for (const [index, file] of files.entries()) writeFileSync(join(services, file), `${readFileSync(join(services, file), 'utf8').trim()} ${String.fromCharCode(97 + (index % 26))}`);
  const after = await print();
  expect(files.map((file) => [file, after[nameOf.get(file)![0]!]])).toEqual(files.map((file) => [file, hashOf(file)]));
  expect(Object.keys(before).filter((name) => after[name] === before[name])).toEqual([]);
}, 60_000);
