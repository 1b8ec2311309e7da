import { PreferenceStoreDefinition } from '../gen/attune/preference/v1/preference.ts';
import type { Logger } from '../platform/log.ts';
import { openRoles } from '../platform/models/open-roles.ts';
import { checkHealth, connect } from '../platform/rpc.ts';
import type { ClientSecurity } from '../platform/rpc.ts';
import type { Needs } from '../platform/metrics/serve-metrics.ts';
import type { ModelObserver } from '../platform/models/index.ts';
import type { readAgentConfig } from './config.ts';
import type { HostDeps } from './host.ts';
import { loadMethod } from './load-method.ts';
import { openProducts } from './products/products.ts';
import type { LoadedMethod } from './load-method.ts';
import { openStateStore } from './state.ts';

/** Opens what an agent that runs alone needs: models, methods, its states and the way to the preference store. */
export async function openHost(
  config: ReturnType<typeof readAgentConfig>,
  scope: { log: Logger; onStop(stop: () => unknown): void; observer?: ModelObserver | undefined },
): Promise<HostDeps & { methods: LoadedMethod[]; needs: Needs }> {
  const methods = await Promise.all(config.methods.map((name) => loadMethod(name)));
  const { noteWriter } = config;
  const models = openRoles({ agent: config.model, memory: config.model, note_writer: noteWriter ?? config.model, embedding: config.embedding ?? config.model }, scope.log, scope.observer, config.listen.modelCache);
  scope.onStop(() => models.close());
  const states = openStateStore(config.stateDir);
  scope.onStop(() => states.close());
  const store = config.preferenceStore === undefined ? null : connect(PreferenceStoreDefinition, config.preferenceStore, { patienceMs: STORE_PATIENCE_MS, security: config.listen.deployment, allowInsecure: config.listen.allowInsecure });
  if (store) scope.onStop(() => store.close());
  const products = openProducts(config.products, { folder: config.stateDir, embedding: config.embedding ? models.clients.embedding : undefined, log: scope.log });
  scope.onStop(() => products.close());
  for (const { method } of methods) if (method.usesProduct !== undefined) await products.open(method.usesProduct);
  return {
    products,
    agentModel: models.clients.agent,
    memoryModel: models.clients.memory,
    noteWriter: noteWriter && models.clients.note_writer,
    preferences: store?.client ?? null,
    states,
    methods,
    needs: {
      models: models.problem,
      ...(config.preferenceStore !== undefined && { 'preference-store': () => problemOf(config.preferenceStore!, config.listen.deployment) }),
    },
  };
}

/** Health checks are open, so this asks no more of the store than whether it answers. */
async function problemOf(address: string, security: ClientSecurity): Promise<string | null> {
  const status = await checkHealth(address, { security, deadlineMs: 2_000 });
  return status === 'serving' ? null : `The preference store at ${address} is stopping.`;
}

/** How long a preference store that cannot be reached is waited for. */
const STORE_PATIENCE_MS = 30_000;
