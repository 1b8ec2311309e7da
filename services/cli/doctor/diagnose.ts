import { dirname, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { datasetNames, listDatasets, readDatasetsConfig, specOf } from '../../datasets/index.ts';
import { isSimulated } from '../../orchestrator/service.ts';
import type { Experiment } from '../../orchestrator/service.ts';
import { readAccess } from '../../platform/service-env.ts';
import { busCheck } from './bus.ts';
import { experimentChecks } from './experiment.ts';
import { lookAll } from './finding.ts';
import type { Check, Finding } from './finding.ts';
import { machineChecks } from './machine.ts';
import { modelChecks } from './models.ts';
import { qdrantCheck } from './qdrant.ts';
import { serviceCheck } from './services.ts';
import { toolChecks } from './tools.ts';

/** Looks at this machine, at what the options name and at what an experiment needs; leaves nothing behind and changes nothing. */
export async function diagnose(options: DiagnoseOptions): Promise<Finding[]> {
  const { experiment, secrets, bus, qdrant, services } = options;
  const { deployment: security, allowInsecure } = readAccess(secrets);
  const sessions = experiment && options.isFromFile ? experiment.methods.length * experiment.sessions * (experiment.profiles.limit ?? 1) : 0;
  const checks: Check[] = [
    ...machineChecks({ out: existing(options.out), sessions }),
    ...(experiment && options.isFromFile ? experimentChecks(experiment, secrets) : []),
    ...(experiment ? modelChecks(experiment, { secrets, poolingModel: options.poolingModel }) : []),
    ...(bus === undefined ? [] : [busCheck(bus, secrets)]),
    ...(qdrant === undefined ? [] : [qdrantCheck(qdrant, secrets['ATTUNE_QDRANT_API_KEY'])]),
    ...services.map((address) => serviceCheck({ address, security, allowInsecure })),
    ...toolChecks(await toolsFor(experiment, secrets)),
  ];
  if (!experiment || isSimulated(experiment)) {
    checks.push({ group: 'optional', what: 'models', look: async () => ({ status: 'missing', detail: 'none named, so models are simulated; give --models URL --model NAME for real ones (vLLM, Ollama, OpenAI …).' }) });
  }
  const findings = await lookAll(checks);
  return GROUPS.flatMap((group) => findings.filter((finding) => finding.group === group));
}

export const GROUPS = ['needed', 'asked', 'optional'] as const;

/** Programs without which the experiment's answers cannot be graded. */
async function toolsFor(experiment: Experiment | null, env: DiagnoseOptions['secrets']): Promise<Set<string>> {
  if (!experiment) return new Set();
  const named = new Set(experiment.datasets.map((dataset) => specOf(typeof dataset === 'string' ? dataset : dataset.file).name).filter((name) => datasetNames().includes(name)));
  const kinds = named.size === 0 ? [] : (await listDatasets(readDatasetsConfig(env))).filter(({ name }) => named.has(name)).map(({ kind }) => kind);
  return new Set(kinds.some((kind) => kind.includes('code')) ? ['python3'] : []);
}

/** The folder itself, or the nearest one above it that is there: the others are made by a run. */
function existing(folder: string): string {
  const path = resolve(folder);
  return existsSync(path) ? path : existing(dirname(path));
}

interface DiagnoseOptions {
  /** With the models to look at. */
  experiment: Experiment | null;
  /** Whether all that the experiment needs is to be looked at. */
  isFromFile: boolean;
  /** The environment, with keys of servers. */
  secrets: Readonly<Record<string, string | undefined>>;
  /** Where runs go. */
  out: string;
  /** A NATS server. */
  bus: string | undefined;
  /** The URL of a Qdrant server. */
  qdrant: string | undefined;
  /** Addresses of gRPC services. */
  services: readonly string[];
  /** A model that should score by /pooling, at the experiment's endpoint. */
  poolingModel: string | undefined;
}
