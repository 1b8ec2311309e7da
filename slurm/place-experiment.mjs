// Writes an experiment with the addresses of this allocation into it: methods at their agents, the simulator, and models by their place in the registry.
// Usage: node slurm/place-experiment.mjs EXPERIMENT.yaml OUT.yaml SIMULATOR AGENTS
//   SIMULATOR  host:port            AGENTS  vanilla=host:port,rag=host:port
// A model's url may be "registry:NAME": every server that registered as model-NAME-0, -1, ... and is ready now. Several become a list, over which the run spreads its calls.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
  if (place.url !== undefined) place.url = placed(place.url);
  if (place.replicas !== undefined) place.replicas = place.replicas.flatMap(serversOf);
}
writeFileSync(out, stringify(experiment));

/** Where a model is now: one URL, or a list of them. */
function placed(url) {
  const found = [url].flat().flatMap(serversOf);
  return found.length === 1 ? found[0] : found;
}

function serversOf(url) {
  const name = /^registry:(.+)$/.exec(url)?.[1];
  if (name === undefined) return [url];
  const registry = join(process.env.RUN_DIR, 'registry');
  // By the number in their names, so that the order, by which calls are spread, does not depend on who came first.
  const found = readdirSync(registry)
    .map((file) => ({ file, index: file.startsWith(`model-${name}-`) ? /^(\d+)\.json$/.exec(file.slice(`model-${name}-`.length))?.[1] : undefined }))
    .filter(({ index }) => index !== undefined)
    .sort((a, b) => Number(a.index) - Number(b.index))
    .map(({ file }) => JSON.parse(readFileSync(join(registry, file), 'utf8')))
    .filter(({ state, heartbeat }) => state === 'ready' && Date.now() / 1000 - heartbeat < 45);
  if (found.length === 0) throw new Error(`No server of the model ${name} is ready in ${registry}; look at its job's log.`);
  return found.map(({ host, port }) => `http://${host}:${port}/v1`);
}
