import { baseUrlOf } from '../../all-in-one/service.ts';
import { judgePlaces, placeOf, ROLES, SIMULATED } from '../../orchestrator/service.ts';
import type { Experiment, Role } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { createLogger } from '../../platform/log.ts';
import { checkStructured, createModelHub } from '../../platform/models/index.ts';
import type { ModelClient } from '../../platform/models/index.ts';
import { canaryPassages, checkEmbedding, checkPooling, checkRerank } from './canaries.ts';
import { skewOutcome } from './clock.ts';
import type { Check, Outcome } from './finding.ts';

/** A check for each model of an experiment at each endpoint: it is known there, and does what its roles ask of it. Simulated models need none. */
export function modelChecks(experiment: Experiment, { secrets, poolingModel }: ModelCheckOptions): Check[] {
  const models = new Map<string, Asked>();
  for (const { url, model, apiKeyEnv, role } of placesOf(experiment)) {
    if (url === SIMULATED) continue;
    const asked = models.get(`${url} ${model}`) ?? { baseUrl: baseUrlOf(url), model, apiKeyEnv, roles: new Set<Role>() };
    asked.roles.add(role);
    models.set(`${url} ${model}`, asked);
  }
  const endpoints = new Set([...models.values()].map(({ baseUrl }) => baseUrl));
  const { url: main, apiKeyEnv } = experiment.models;
  return [
    ...[...models.values()].map((asked): Check => ({ group: 'asked', what: `model ${asked.model}`, look: (signal) => lookAtModel(asked, secrets, signal) })),
    ...(poolingModel === undefined || main === SIMULATED ? [] : [{ group: 'asked', what: `model ${poolingModel}`, look: (signal: AbortSignal) => checkPooling(baseUrlOf(main), poolingModel, secrets[apiKeyEnv], signal) } satisfies Check]),
    ...[...endpoints].map((baseUrl): Check => ({ group: 'asked', what: 'clock', look: (signal) => compareClocks(baseUrl, signal) })),
  ];
}

function placesOf(experiment: Experiment) {
  const single = ROLES.filter((role) => role !== 'judge').flatMap((role) => {
    const place = placeOf(experiment, role);
    return place === null ? [] : [{ ...place, role }];
  });
  return [...single, ...judgePlaces(experiment).map((place) => ({ ...place, role: 'judge' as const }))];
}

async function lookAtModel({ baseUrl, model, apiKeyEnv, roles }: Asked, secrets: Secrets, signal: AbortSignal): Promise<Outcome[]> {
  const apiKey = secrets[apiKeyEnv];
  if (apiKeyEnv !== DEFAULT_KEY && !apiKey) throw new AttuneError('failed_precondition', `the experiment takes its key from ${apiKeyEnv}, which is not set; set it.`);
  const hub = createModelHub({ endpoints: { [baseUrl]: { baseUrl, ...(apiKey && { apiKey }) } }, cache: { mode: 'off' }, deadlineMs: CALL_MS, retries: 1, log: createLogger({ name: 'doctor', level: 'silent' }) });
  try {
    const known = await hub.check({ endpoint: baseUrl, model }, { signal });
    if (!known.ok) throw new AttuneError('failed_precondition', known.problem);
    return [`${known.detail} It plays ${[...roles].join(', ')}.`, ...(await abilities(hub.client('doctor', { endpoint: baseUrl, model }), roles, signal))];
  } finally {
    await hub.close();
  }
}

/** What the roles ask of a model, each once, the failures beside each other. */
async function abilities(client: ModelClient, roles: ReadonlySet<Role>, signal: AbortSignal): Promise<Outcome[]> {
  const has = (wanted: readonly Role[]) => wanted.some((role) => roles.has(role));
  const attempts: [string, (client: ModelClient, signal: AbortSignal) => Promise<Outcome>][] = [
    ...(has(['agent']) ? [['chat', checkChat] as const] : []),
    ...(has(IN_JSON) ? [['structured output', checkJson] as const] : []),
    ...(has(['embedding']) ? [['embeddings', checkEmbedding] as const] : []),
    ...(has(['reranker']) ? [['reranking', checkRerank] as const] : []),
  ].map(([name, attempt]) => [name, attempt]);
  return Promise.all(
    attempts.map(async ([name, attempt]): Promise<Outcome> => {
      const what = `model ${client.model}: ${name}`;
      try {
        const outcome = await attempt(client, signal);
        return typeof outcome === 'string' ? { what, status: 'ok', detail: outcome } : { what, ...outcome };
      } catch (thrown) {
        return { what, status: 'broken', detail: AttuneError.from(thrown).message };
      }
    }),
  );
}

/** Roles of whose model an answer in JSON is wanted. */
const IN_JSON: readonly Role[] = ['simulator', 'simulator_fields', 'judge', 'extractor', 'memory', 'note_writer', 'reward'];

async function checkChat(client: ModelClient, signal: AbortSignal): Promise<Outcome> {
  const { text, refused } = await client.complete({ messages: [{ role: 'user', content: canaryPassages.question }], temperature: 0, maxTokens: 64, seed: 0 }, { signal });
  if (refused || text.trim() === '') return { status: 'weak', detail: 'a plain question got an empty answer or a refusal; look at the chat template of the model.' };
  return 'a plain question is answered';
}

async function checkJson(client: ModelClient, signal: AbortSignal): Promise<Outcome> {
  const found = await checkStructured(client, { signal });
  if (found.ok) return found.detail;
  return { status: 'broken', detail: `${found.problem} Users, judges and memory need JSON by schema: use an instruction-tuned model, and a server that knows response_format json_schema (vLLM: --structured-outputs-config.backend xgrammar).` };
}

async function compareClocks(baseUrl: string, signal: AbortSignal): Promise<Outcome[]> {
  const before = Date.now();
  const response = await fetch(`${baseUrl}/models`, { signal }).catch(() => null);
  // That it cannot be reached is told with its models.
  if (!response) return [];
  const date = response.headers.get('date');
  await response.body?.cancel();
  if (!date) return [{ status: 'missing', detail: `${baseUrl} does not tell the time, so clocks were not compared.` }];
  // The header names the second that has begun.
  const outcome = skewOutcome((before + Date.now()) / 2 - Date.parse(date) - 500, baseUrl);
  return [outcome];
}

const DEFAULT_KEY = 'ATTUNE_API_KEY';
const CALL_MS = 25_000;

type Secrets = Readonly<Record<string, string | undefined>>;

interface Asked {
  baseUrl: string;
  model: string;
  apiKeyEnv: string;
  roles: Set<Role>;
}

interface ModelCheckOptions {
  /** API keys by the name of their environment variable. */
  secrets: Secrets;
  /** Also whether this model scores by /pooling. */
  poolingModel: string | undefined;
}
