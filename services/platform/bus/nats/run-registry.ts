import { hashHex } from '../../random.ts';
import { AttuneError } from '../../errors.ts';
import type { Nats } from './connect.ts';
import { classify } from './errors.ts';
import { runToken } from './names.ts';
import { retry } from './publish.ts';
import { RUNS } from './streams.ts';

/**
 * What is known of each run on a server, for whoever works on it or asks for it. Keys of the bucket: `<run>.status` (RunStatus), `<run>.control` (RunControl),
 * `<run>.spec` (what the coordinator wrote for the workers) and `<run>.lease.coordinator`, `<run>.lease.recorder`. Documents larger than a message lie in the
 * object bucket under `<run>/spec` and `<run>/inputs`.
 */
export function openRunRegistry(nats: Nats): RunRegistry {
  const until = () => performance.now() + nats.settings.deadlineMs;
  const key = (runId: string, name: string) => `${runToken(runId)}.${name}`;
  const get = (name: string) => retry(nats, `Reading ${name}`, until(), undefined, () => nats.kv.get(name));
  const put = (name: string, value: string) => retry(nats, `Writing ${name}`, until(), undefined, () => nats.kv.put(name, value));

  async function read<T>(name: string): Promise<{ value: T; revision: number } | null> {
    const found = await get(name);
    if (!found || found.operation !== 'PUT') return null;
    return { value: found.json<T>(), revision: found.revision };
  }

  const registry: RunRegistry = {
    async list() {
      // The subjects of the bucket's stream tell its keys in one request.
      const info = await retry(nats, 'Listing runs', until(), undefined, () => nats.jsm.streams.info(`KV_${RUNS}`, { subjects_filter: `$KV.${RUNS}.*.status` }));
      const ids = Object.keys(info.state.subjects ?? {}).map((subject) => subject.split('.')[2]!).sort();
      const found = await Promise.all(ids.map((id) => registry.status(id)));
      return found.filter((status) => status !== null);
    },
    async status(runId) {
      return (await read<RunStatus>(key(runId, 'status')))?.value ?? null;
    },
    async setStatus(status) {
      await put(key(status.runId, 'status'), JSON.stringify(status));
    },
    async control(runId) {
      return (await read<RunControl>(key(runId, 'control')))?.value ?? { wanted: 'run', reason: '' };
    },
    async setControl(runId, control) {
      await put(key(runId, 'control'), JSON.stringify(control));
    },
    async putDocument(runId, name, text) {
      const bytes = new TextEncoder().encode(text);
      const hash = hashHex(bytes);
      if (bytes.length <= nats.maxPayload / 2) {
        await put(key(runId, name), JSON.stringify({ hash, text }));
        return;
      }
      const object = `${runToken(runId)}/${name}`;
      await retry(nats, `Storing ${object}`, until(), undefined, () => nats.objects.putBlob({ name: object }, bytes));
      await put(key(runId, name), JSON.stringify({ hash, object }));
    },
    async document(runId, name) {
      const found = await read<StoredDocument>(key(runId, name));
      if (!found) return null;
      const { hash, text, object } = found.value;
      const held = text ?? (await readObject(object!));
      if (held === null || hashHex(new TextEncoder().encode(held)) !== hash) {
        throw new AttuneError('data_loss', `The ${name} of run ${runId} should be on the NATS server and is damaged or gone; resume the run from its folder.`);
      }
      return { text: held, revision: found.revision };
    },
    async revision(runId, name) {
      return (await read(key(runId, name)))?.revision ?? 0;
    },
    async remove(runId) {
      const token = runToken(runId);
      for (const name of ['spec', 'inputs']) {
        await nats.kv.purge(key(runId, name)).catch(ignoreGone);
        await nats.objects.delete(`${token}/${name}`).catch(() => undefined); // small documents have no object
      }
      for (const name of ['control', 'lease.coordinator', 'lease.recorder']) await nats.kv.purge(key(runId, name)).catch(ignoreGone);
    },
    leaseKey: (runId, name) => key(runId, `lease.${name}`),
    async lease(runId, name) {
      const found = await read<{ released: boolean }>(key(runId, `lease.${name}`));
      return { revision: found?.revision ?? 0, released: found?.value.released ?? true };
    },
    async forget(runId) {
      await registry.remove(runId);
      await nats.kv.purge(key(runId, 'status')).catch(ignoreGone);
    },
  };

  async function readObject(name: string): Promise<string | null> {
    const bytes = await retry(nats, `Reading ${name}`, until(), undefined, () => nats.objects.getBlob(name));
    return bytes && new TextDecoder().decode(bytes);
  }
  return registry;
}

function ignoreGone(thrown: unknown): void {
  if (classify(thrown) !== 'gone') throw thrown;
}

interface StoredDocument {
  hash: string;
  text?: string;
  object?: string;
}

/** running, paused: work goes on or waits. stopped, cancelled: the folder can be resumed. failed: something was given up. done: all recorded, judged and reported. */
export type RunState = 'running' | 'paused' | 'stopped' | 'cancelled' | 'failed' | 'done';

export interface RunStatus {
  schemaVersion: 1;
  runId: string;
  name: string;
  state: RunState;
  /** Why, in one sentence; empty while it runs. */
  reason: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  updatedAt: string;
  sessionsPlanned: number;
  sessionsRecorded: number;
  verdictsRecorded: number;
  /** Who coordinates it, and the run's folder there. */
  coordinator: { host: string; pid: number; dir: string };
  /** What the run may spend; only where that is limited. */
  limits?: { tokens?: number | undefined; money?: number | undefined; hours?: number | undefined };
  /** What it has spent then, over all its executions. */
  spent?: { tokens: number; money: number; ms: number };
}

/** What somebody wants of a run. Runners end the session at hand before they pause, and give it up when the run is to stop. */
export interface RunControl {
  wanted: 'run' | 'pause' | 'cancel' | 'stop';
  reason: string;
}

export interface RunRegistry {
  /** Every run that the server knows, by id. */
  list(): Promise<RunStatus[]>;
  status(runId: string): Promise<RunStatus | null>;
  setStatus(status: RunStatus): Promise<void>;
  control(runId: string): Promise<RunControl>;
  setControl(runId: string, control: RunControl): Promise<void>;
  /** Stores a text with its hash, however long. */
  putDocument(runId: string, name: 'spec' | 'inputs', text: string): Promise<void>;
  document(runId: string, name: 'spec' | 'inputs'): Promise<{ text: string; revision: number } | null>;
  /** Grows with every change of a document; 0 when there is none. */
  revision(runId: string, name: 'spec' | 'inputs'): Promise<number>;
  /** Forgets everything about a run but its status. */
  remove(runId: string): Promise<void>;
  /** Also its status. */
  forget(runId: string): Promise<void>;
  /** Whether somebody holds a lease; `revision` changes with every sign of life. */
  lease(runId: string, name: 'coordinator' | 'recorder'): Promise<{ revision: number; released: boolean }>;
  leaseKey(runId: string, name: 'coordinator' | 'recorder'): string;
}
