import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AGENT_DEFAULTS, type AgentConfig } from '../../services/agent/config.ts';
import { createAgent, loadMethod, MethodAgentDefinition, openProducts, openStateStore } from '../../services/agent/service.ts';
import type { LoadedMethod } from '../../services/agent/load-method.ts';
import { problemBank } from '../../services/catalogue/index.ts';
import { createModelSim } from '../../services/model-sim/service.ts';
import { startScriptedServer, type AskedRequest, type ScriptedAnswer, type ScriptedServer } from '../../services/platform/models/scripted-server.ts';
import { connect, type Client } from '../../services/platform/rpc.ts';
import { PREFERENCE_STORE_DEFAULTS, type PreferenceStoreConfig } from '../../services/preference-store/config.ts';
import { createPreferenceStore, openEmbeddedStore, PreferenceStoreDefinition, type PreferenceStoreDeps } from '../../services/preference-store/service.ts';
import { productSettings, QUICK, SERVED_KINDS, startProduct } from './product-stand-ins/index.ts';

/**
 * An agent and a preference store as a process has them, over a simulated model server behind a server that keeps what was asked and may
 * answer some calls itself. Their state lies in a temporary folder, which goes with the lab.
 */
export async function openLab(options: LabOptions = {}): Promise<Lab> {
  const sim = createModelSim({ seed: 7, knowledge: problemBank() });
  const { url } = await sim.listen();
  const server = await startScriptedServer(async (asked) => options.answer?.(asked) ?? forward(asked, url));
  const hub = server.hub();
  const folder = mkdtempSync(join(tmpdir(), 'attune-lab-'));
  const methods = await Promise.all((options.methods ?? []).map(async (method) => (typeof method === 'string' ? loadMethod(method) : method)));
  const served = SERVED_KINDS.filter((kind) => methods.some(({ method }) => method.usesProduct === kind));
  const standIns = Object.fromEntries(await Promise.all(served.map(async (kind) => [kind, await startProduct(kind)] as const)));
  let parts = open();

  function open() {
    const model = (role: string) => hub.client(role, { endpoint: 'main', model: 'attune-sim' });
    const config = { ...PREFERENCE_STORE_DEFAULTS, ...options.preferences };
    const memories = openEmbeddedStore(join(folder, 'cards'), config);
    const states = openStateStore(join(folder, 'states'));
    const store = connect(
      PreferenceStoreDefinition,
      createPreferenceStore(
        config,
        { extractor: model('extractor'), embedding: model('embedding'), reranker: model('reranker'), reward: model('reward'), store: memories, itemSpace: options.itemSpace ?? null },
      ),
    );
    const products = openProducts(productSettings(standIns), { folder: join(folder, 'states'), embedding: model('embedding'), log: { info: () => {}, warn: () => {} }, limits: QUICK });
    const deps = { products, agentModel: model('agent'), memoryModel: model('memory'), noteWriter: options.noteWriter === false ? null : model('note_writer'), preferences: store.client, states, methods };
    const agent = connect(MethodAgentDefinition, createAgent({ ...AGENT_DEFAULTS, ...options.agent }, deps));
    return { memories, states, products, store, agent };
  }

  async function close(): Promise<void> {
    await parts.agent.close();
    await parts.store.close();
    await parts.products.close();
    parts.states.close();
    await parts.memories.close();
  }

  return {
    folder,
    asked: server.asked,
    get agent() {
      return parts.agent.client;
    },
    get store() {
      return parts.store.client;
    },
    async reopen() {
      await close();
      parts = open();
    },
    async [Symbol.asyncDispose]() {
      await close();
      await hub.close();
      await server[Symbol.asyncDispose]();
      await sim.close();
      for (const standIn of Object.values(standIns)) await standIn[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The files under a folder that hold a text as bytes. */
export function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}

/** The schema's name of a call with structured output, "" for an agent's reply, null for what is no chat. */
export function schemaOf(asked: AskedRequest): string | null {
  if (!asked.path.endsWith('/chat/completions')) return null;
  const format = asked.body['response_format'] as { json_schema?: { name?: string } } | undefined;
  return format?.json_schema?.name ?? '';
}

async function forward(asked: AskedRequest, url: string): Promise<ScriptedAnswer> {
  const response = await fetch(new URL(asked.path, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked.body),
  });
  return { status: response.status, headers: { 'content-type': response.headers.get('content-type') ?? '' }, text: await response.text() };
}

export interface LabOptions {
  /** Hosted methods, by name or loaded; none unless told. */
  methods?: readonly (string | LoadedMethod)[];
  agent?: Partial<AgentConfig>;
  preferences?: Partial<PreferenceStoreConfig>;
  /** False: no trained note writer is configured. */
  noteWriter?: boolean;
  /** Where user vectors lie; without it the store keeps none. */
  itemSpace?: PreferenceStoreDeps['itemSpace'];
  /** Answers a model call in place of the simulated models; undefined leaves it to them. */
  answer?: (asked: AskedRequest) => ScriptedAnswer | undefined;
}

export interface Lab extends AsyncDisposable {
  readonly agent: Client<typeof MethodAgentDefinition>;
  readonly store: Client<typeof PreferenceStoreDefinition>;
  /** Every model call so far. */
  readonly asked: ScriptedServer['asked'];
  /** Where all state lies. */
  readonly folder: string;
  /** Closes agent and store and opens them on the same folder. */
  reopen(): Promise<void>;
}
