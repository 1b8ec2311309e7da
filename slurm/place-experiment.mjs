// Writes an experiment with the addresses of this allocation into it: methods at their agents, the simulator, and models by their place in the registry.
// Usage: node slurm/place-experiment.mjs EXPERIMENT.yaml OUT.yaml SIMULATOR AGENTS
//   SIMULATOR  host:port            AGENTS  vanilla=host:port,rag=host:port
// A model's url may be "registry:NAME": every server that registered as model-NAME-0, -1, ... and is ready. Several become a list, over which the run spreads its calls. A model
// without a ready server is waited for, MODEL_WAIT seconds (3600).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';

const [, , source, out, simulator, agents] = process.argv;
const experiment = parse(readFileSync(source, 'utf8')) ?? {};
const targets = new Map(agents.split(',').filter(Boolean).map((pair) => pair.split('=')));

/** Everything of this allocation asks for its token and shows its certificate. */
const access = { tokenEnv: 'ATTUNE_TOKEN', tls: { ca: process.env.ATTUNE_TLS_CA } };

const methods = experiment.methods ?? [...targets.keys()];
experiment.methods = methods.map((method) => (typeof method === 'string' && targets.has(method) ? { name: method, target: targets.get(method), ...access } : method));
experiment.services = { ...experiment.services, simulator, ...access };
experiment.models ??= {};
for (const place of [experiment.models, ...Object.values(experiment.models.roles ?? {}), ...(experiment.judge?.panel ?? [])]) {
  if (place.url !== undefined) place.url = await placed(place.url);
  if (place.replicas !== undefined) place.replicas = await serversOf(place.replicas);
}
writeFileSync(out, stringify(experiment));

/** Where a model is now: one URL, or a list of them. */
async function placed(url) {
  const found = await serversOf([url].flat());
  return found.length === 1 ? found[0] : found;
}

async function serversOf(urls) {
  const found = [];
  for (const url of urls) {
    const name = /^registry:(.+)$/.exec(url)?.[1];
    found.push(...(name === undefined ? [url] : await registered(name)));
  }
  return found;
}

async function registered(name) {
  const registry = join(process.env.RUN_DIR, 'registry');
  for (const until = Date.now() + Number(process.env.MODEL_WAIT ?? 3600) * 1000; ; await sleep(1000)) {
    const ready = readRegistry(registry, name).filter(({ state, heartbeat }) => state === 'ready' && Date.now() / 1000 - heartbeat < 45);
    if (ready.length > 0) return ready.map(({ host, port }) => `http://${host}:${port}/v1`);
    if (Date.now() >= until) throw new Error(`No server of the model ${name} is ready in ${registry}; look at its job's log.`);
  }
}

/** What the servers of a model have told, by the number in their names: the order, by which calls are spread, must not depend on who came first. */
function readRegistry(registry, name) {
  const numberOf = (file) => (file.startsWith(`model-${name}-`) ? /^(\d+)\.json$/.exec(file.slice(`model-${name}-`.length))?.[1] : undefined);
  return readdirSync(registry)
    .filter((file) => numberOf(file) !== undefined)
    .sort((a, b) => Number(numberOf(a)) - Number(numberOf(b)))
    .map((file) => JSON.parse(readFileSync(join(registry, file), 'utf8')));
}
