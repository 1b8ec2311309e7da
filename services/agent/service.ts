import { MethodAgentDefinition } from '../gen/attune/agent/v1/agent.ts';
import type { MethodAgentServiceImplementation } from '../gen/attune/agent/v1/agent.ts';
import type { UserKey } from '../gen/attune/conversation/v1/conversation.ts';
import { AttuneError } from '../platform/errors.ts';
import type { AgentConfig } from './config.ts';
import { basePrompts, endSession, keyOf, memoryHash, noteWriterOf, productsOf, respond, storeOf } from './host.ts';
import type { HostDeps } from './host.ts';
import type { LoadedMethod } from './load-method.ts';
import { exportMemory, importMemory } from './portable.ts';
import { streamed } from './stream.ts';

export { MethodAgentDefinition };
export { listMethods, loadMethod } from './load-method.ts';
export { openStateStore } from './state.ts';
export { ADAPTER_CHECK_NAMES, ADAPTER_LIMITS, adapterTable, examineAdapter, openAdapter, openProducts, placeOfProduct, PRODUCT_KINDS } from './products/index.ts';
export type { AdapterLimits, ProductKind } from './products/index.ts';

/**
 * Makes the agent: one process may host one method or several, each request names its own. Throws `failed_precondition` when a method
 * needs a trained note writer and none is configured.
 */
export function createAgent(
  config: AgentConfig,
  deps: HostDeps & { methods: readonly LoadedMethod[] },
): MethodAgentServiceImplementation {
  const { states, methods } = deps;
  for (const hosted of methods) if (hosted.method.usesNoteWriter) noteWriterOf(hosted, deps);
  const hostedFor = (user: UserKey | undefined): LoadedMethod => {
    if (!user) throw new AttuneError('invalid_argument', 'The request needs a user key.');
    const hosted = methods.find((m) => m.name === user.method);
    if (hosted) return hosted;
    const known = methods.map((m) => m.name).join(', ');
    throw new AttuneError('not_found', `This agent does not host the method "${user.method}"; it hosts ${known}.`);
  };

  return {
    async describe() {
      return { methods: methods.map((hosted) => describe(hosted, deps)) };
    },
    async startSession(request, { signal }) {
      const key = keyOf(request.key);
      const hosted = hostedFor(key.user);
      states.rewind(key);
      const cards = hosted.method.usesPreferences ? await storeOf(hosted, deps).startSession({ key }, { signal }) : null;
      return { memoryHash: memoryHash(hosted, states.at(key), cards?.stateHash ?? '') };
    },
    respond: (request, { signal }) => respond(hostedFor(request.key?.user), request, config, deps, { signal }),
    async *respondStream({ request }, { signal }) {
      if (!request) throw new AttuneError('invalid_argument', 'RespondStream needs a request.');
      yield* streamed((stream) => respond(hostedFor(request.key?.user), request, config, deps, { signal, ...stream }));
    },
    endSession: (request, { signal }) => endSession(hostedFor(request.key?.user), request, config, deps, signal),
    async forget({ user }, { signal }) {
      const hosted = hostedFor(user);
      const statesRemoved = states.forget(user as UserKey);
      const cards = hosted.method.usesPreferences ? await storeOf(hosted, deps).forget({ user }, { signal }) : null;
      const { usesProduct } = hosted.method;
      if (usesProduct !== undefined) await productsOf(hosted, deps).forget(usesProduct, user as UserKey, { signal });
      return { statesRemoved, cardsRemoved: cards?.cardsRemoved ?? 0 };
    },
    exportState: ({ key }, { signal }) => exportMemory(hostedFor(key?.user), keyOf(key), deps, signal),
    importState: ({ key, state }, { signal }) => importMemory(hostedFor(key?.user), keyOf(key), state, config, deps, signal),
  };
}

/** Hashes of the prompts that all methods share, for the run's manifest. */
export function agentPromptHashes(): Record<string, string> {
  return Object.fromEntries(Object.entries(basePrompts).map(([name, prompt]) => [`agent/${name}`, prompt.hash]));
}

function describe(hosted: LoadedMethod, deps: HostDeps) {
  const { name, method, promptHashes } = hosted;
  const { usesProduct } = method;
  return {
    name,
    summary: method.summary,
    version: usesProduct === undefined ? method.version : `${method.version} (${productsOf(hosted, deps).describe(usesProduct)})`,
    deterministic: !(method.varies ?? false),
    isControl: method.isControl ?? false,
    needsProfile: method.needsProfile ?? false,
    promptHashes,
  };
}
