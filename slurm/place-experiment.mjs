// Writes an experiment with the addresses of this allocation into it: methods at their agents, the simulator, and models by their place in the registry.
// Usage: node slurm/place-experiment.mjs EXPERIMENT.yaml OUT.yaml SIMULATOR AGENTS
//   SIMULATOR  host:port            AGENTS  vanilla=host:port,rag=host:port
// A model's url may be "registry:NAME" (the servers that registered as model-NAME-0, -1, ...).
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
if (experiment.models.url !== undefined) experiment.models.url = placeOf(experiment.models.url);
for (const place of [...Object.values(experiment.models.roles ?? {}), ...(experiment.judge?.panel ?? [])]) place.url = placeOf(place.url);
writeFileSync(out, stringify(experiment));

/** Where a model is now. */
function placeOf(url) {
  const name = /^registry:(.+)$/.exec(url)?.[1];
  if (name === undefined) return url;
  const registry = join(process.env.RUN_DIR, 'registry');
  const found = readdirSync(registry)
    .filter((file) => file.startsWith(`model-${name}-`) && file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(registry, file), 'utf8')))
    .filter(({ state, heartbeat }) => state === 'ready' && Date.now() / 1000 - heartbeat < 45)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (found.length === 0) throw new Error(`No server of the model ${name} is ready in ${registry}; look at its job's log.`);
  return `http://${found[0].host}:${found[0].port}/v1`;
}
