import { join } from 'node:path';
import { AGENT_DEFAULTS, readProductSettings } from '../agent/config.ts';
import { createAgent, loadMethod, MethodAgentDefinition, openProducts, openStateStore } from '../agent/service.ts';
import type { MethodAgentClient, MethodDescription } from '../gen/attune/agent/v1/agent.ts';
import type { JudgeClient } from '../gen/attune/judge/v1/judge.ts';
import type { PreferenceStoreClient } from '../gen/attune/preference/v1/preference.ts';
import type { UserSimulatorClient } from '../gen/attune/simulator/v1/simulator.ts';
import type { JudgeConfig } from '../judge/config.ts';
import { createJudge, JudgeDefinition } from '../judge/service.ts';
import type { Experiment } from '../orchestrator/service.ts';
import { AttuneError, withContext } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { bindService, connect, serve } from '../platform/rpc.ts';
import type { Connection, ConnectOptions, Implementation, ServeOptions } from '../platform/rpc.ts';
import { readAccess } from '../platform/service-env.ts';
import { createPreferenceStore, openMemory, PreferenceStoreDefinition } from '../preference-store/service.ts';
import { createSimulator, UserSimulatorDefinition } from '../simulator/service.ts';
import { credentialsFor } from './credentials.ts';
import { itemSpaceOf, preferenceStoreConfigOf } from './memory.ts';
import type { Models } from './models.ts';
import { simulatorConfigOf } from './simulated-user.ts';

/** All services of an experiment, reached through clients that do not tell whether a wire lies between. */
export interface Network {
  simulator: UserSimulatorClient<{ signal?: AbortSignal }>;
  judge: JudgeClient<{ signal?: AbortSignal }>;
  preferences: PreferenceStoreClient<{ signal?: AbortSignal }>;
  agentOf(method: string): MethodAgentClient<{ signal?: AbortSignal }>;
  /** What each method says of itself, in the experiment's order. */
  methods: (MethodDescription & { target?: string })[];
  /** Addresses of the services that are served over gRPC, by name. */
  addresses: Record<string, string>;
  close(): Promise<void>;
}

/**
 * Creates every service in this process from the same create functions that a process of its own uses.
 * With `wire` they are served over loopback gRPC and reached through it; otherwise they are called
 * directly. Parts are closed in reverse order of their creation, also when the start fails half-way.
 */
export async function createNetwork(experiment: Experiment, deps: NetworkDeps): Promise<Network> {
  const releases: (() => unknown)[] = [];
  const close = async () => {
    for (const release of releases.splice(0).reverse()) await release();
  };
  const addresses: Record<string, string> = {};
  const deadlineMs = callDeadlineMs(experiment);
  const { patienceMs } = experiment.services;
  const { security, allowInsecure } = readAccess(deps.secrets);
  const credentials = credentialsFor(experiment, deps.secrets);
  const reach = async <D extends Parameters<typeof connect>[0]>(name: string, definition: D, implementation: Implementation<D>) => {
    let connection: Connection<D>;
    if (deps.wire) {
      const server = await serve([bindService(definition, implementation)], { log: deps.log, port: 0, security, allowInsecure, ...deps.wire[name] });
      releases.push(() => server.stop());
      addresses[name] = server.address;
      // With TLS the certificate is for the name that others use, not for the address here.
      connection = security.tls ? connect(definition, implementation, { deadlineMs, log: deps.log }) : connect(definition, server.address, { deadlineMs, security: { token: security.tokens?.[0] }, allowInsecure });
    } else {
      connection = connect(definition, implementation, { deadlineMs, log: deps.log });
    }
    releases.push(() => connection.close());
    return connection.client;
  };
  const reachOut = <D extends Parameters<typeof connect>[0]>(definition: D, target: string, options: Omit<ConnectOptions, 'deadlineMs'>) => {
    const connection = connect(definition, target, { deadlineMs, ...options });
    releases.push(() => connection.close());
    return connection.client;
  };

  try {
    const { models } = deps;
    const simulatorAt = experiment.services.simulator;
    const simulator = simulatorAt
      ? reachOut(UserSimulatorDefinition, simulatorAt, { ...credentials.service(simulatorAt), patienceMs, repeatable: true })
      : await reach('simulator', UserSimulatorDefinition, createSimulator(simulatorConfigOf(experiment), { model: models.clientOf('simulator'), fieldsModel: models.clientOf('simulator_fields') }));
    const judgeAt = experiment.services.judge;
    if (judgeAt) refuseSettingsOf(judgeAt, experiment.judge);
    const judge = judgeAt
      ? reachOut(JudgeDefinition, judgeAt, { ...credentials.service(judgeAt), patienceMs, repeatable: true })
      : await reach('judge', JudgeDefinition, createJudge(judgeConfigOf(experiment), { panel: models.judges }));

    const own = experiment.methods.filter((m) => typeof m === 'string');
    const hosted = await Promise.all(own.map((name) => loadMethod(name)));
    const place = experiment.preferences.store;
    const memoryConfig = preferenceStoreConfigOf(experiment);
    const needsVectors = hosted.some(({ method }) => method.usesVectors);
    const memory = await openMemory({
      qdrant: place.qdrant === undefined ? null : { url: place.qdrant, apiKey: deps.secrets[place.apiKeyEnv], prefix: place.prefix },
      folder: deps.stateDir && join(deps.stateDir, 'preference-store'),
      itemSpace: await itemSpaceOf(experiment, needsVectors, deps.stateDir, models.clientOf('embedding')),
      scope: memoryConfig.scope,
    });
    releases.push(() => memory.store.close());
    const store = createPreferenceStore(memoryConfig, {
      extractor: models.clientOf('extractor'),
      embedding: models.clientOf('embedding'),
      reranker: models.clientOf('reranker'),
      reward: models.clientOf('reward'),
      ...memory,
    });
    const preferences = await reach('preference-store', PreferenceStoreDefinition, store);

    const states = openStateStore(deps.stateDir && join(deps.stateDir, 'agent'));
    releases.push(() => states.close());
    const products = openProducts(readProductSettings(deps.secrets), { folder: deps.stateDir && join(deps.stateDir, 'agent'), embedding: models.clientOf('embedding'), log: deps.log });
    releases.push(() => products.close());
    for (const { method } of hosted) if (method.usesProduct !== undefined) await products.open(method.usesProduct);
    const agent =
      hosted.length === 0
        ? null
        : await reach(
            'agent',
            MethodAgentDefinition,
            createAgent(
              { ...AGENT_DEFAULTS, ...experiment.agent },
              { agentModel: models.clientOf('agent'), memoryModel: models.clientOf('memory'), noteWriter: models.noteWriter, preferences, states, products, methods: hosted },
            ),
          );

    const agents = new Map<string, MethodAgentClient<{ signal?: AbortSignal }>>();
    for (const method of experiment.methods) {
      if (typeof method === 'string') agents.set(method, agent!);
      else agents.set(method.name, reachOut(MethodAgentDefinition, method.target, { ...credentials.method(method.name), patienceMs }));
    }
    const methods = await Promise.all(experiment.methods.map((method) => describe(method, typeof method === 'string' ? agents.get(method)! : reachOut(MethodAgentDefinition, method.target, credentials.method(method.name)))));
    return {
      simulator,
      judge,
      preferences,
      agentOf: (method) => agents.get(method)!,
      methods,
      addresses,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The part of an experiment that the judge is made with. */
export function judgeConfigOf({ judge: { maxTokens, temperature, mode, votes, maxVotes = votes } }: Experiment): JudgeConfig {
  return { maxTokens, temperature, mode, votes, maxVotes };
}

/** A judge that is served elsewhere votes as its own settings say; an experiment that asks for something else would not get it. */
function refuseSettingsOf(address: string, { mode, votes, maxVotes, panel }: Experiment['judge']): void {
  if (mode === 'session' && votes === 1 && maxVotes === undefined && panel.length === 0) return;
  throw new AttuneError('failed_precondition', `judge.mode, votes, maxVotes and panel are settings of the judge that an experiment starts itself; this one names the judge at ${address}: leave them out and give ATTUNE_JUDGE_MODE, ATTUNE_JUDGE_VOTES, ATTUNE_JUDGE_MAX_VOTES and ATTUNE_JUDGE_PANEL to that judge.`);
}

/** How long one request to a service may take, in milliseconds. */
export function callDeadlineMs({ models }: Experiment): number {
  return MOST_CALLS * models.deadlineMs + OWN_WORK_MS;
}

/** The most model calls that one request makes one after another: drafts of notes, their verdicts and a shorter version, with two re-asks each. */
const MOST_CALLS = 9;
/** What a request may take beside its model calls, in milliseconds. */
const OWN_WORK_MS = 10_000;

/** Asked over a connection that does not wait: a wrong address should be told at once. */
async function describe(method: Experiment['methods'][number], agent: MethodAgentClient): Promise<MethodDescription & { target?: string }> {
  const name = typeof method === 'string' ? method : method.name;
  const target = typeof method === 'string' ? undefined : method.target;
  try {
    const { methods } = await agent.describe({});
    const found = methods.find((m) => m.name === name);
    if (found) return { ...found, ...(target && { target }) };
    const offered = methods.map((m) => m.name).join(', ') || 'nothing';
    throw new AttuneError('failed_precondition', `it offers ${offered}, not "${name}"; name the method as its server does.`);
  } catch (error) {
    throw withContext(target ? `Method ${name} at ${target}` : `Method ${name}`, error);
  }
}

export interface NetworkDeps {
  models: Models;
  /** Keys of servers by the name of their environment variable. */
  secrets: Readonly<Record<string, string | undefined>>;
  /** Where memory is kept; null keeps it in this process only. */
  stateDir: string | null;
  /** Serve over gRPC: options by service name, `{}` for loopback on free ports; null for direct calls. */
  wire: Record<string, ServeOptions> | null;
  log: Logger;
}
