import { readFile } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { AttuneError } from '../platform/errors.ts';
import { describeFileError } from '../platform/files.ts';
import { SERVING_PROFILES } from './forecast/serving-profiles.ts';

/** The name of the built-in model server in `models.url`. */
export const SIMULATED = 'sim';

/** Roles that a model plays; each may have an endpoint and a model of its own. */
export const ROLES = ['simulator', 'simulator_fields', 'agent', 'memory', 'note_writer', 'extractor', 'reward', 'judge', 'embedding', 'reranker'] as const;

const name = z.string().regex(/^_?[a-z][a-z0-9_]*$/, 'must be lower-case letters, digits and _');
const count = z.int().min(1);
const url = z
  .string()
  .refine((text) => text === SIMULATED || (/^https?:\/\//.test(text) && URL.canParse(text)), 'must be "sim" or start with http:// or https://, for example http://localhost:8000/v1');

const serverUrl = z.string().refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'must start with http:// or https://, for example http://localhost:6333');

/** Where a role's model is: the simulated server or an OpenAI-compatible endpoint with its `/v1`. */
const ModelPlace = z.strictObject({
  /** `sim`, or a URL such as http://localhost:8000/v1. */
  url,
  /** The model's name as the endpoint knows it. */
  model: z.string().min(1),
  /** Further servers that serve the same model; a list as `url` says the same in short. */
  replicas: z.array(serverUrl).optional(),
  /** The environment variable that holds the API key. */
  apiKeyEnv: z.string().default('ATTUNE_API_KEY'),
});

/** How a run shows a server who it is: the environment variable that holds a bearer token, and PEM files. Only the names stand in the manifest. */
const credentials = {
  tokenEnv: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable').optional(),
  /** `ca` is the authority that signed the server's certificate, the machine's own ones unless told; `cert` and `key` are shown to a server that asks. */
  tls: z.strictObject({ ca: z.string().optional(), cert: z.string().optional(), key: z.string().optional() }).optional(),
};

/** Constants of a server that is not in the table; see serving-profiles.ts for their units. */
const ServingShape = z.strictObject({
  gpus: z.number().min(0),
  t0: z.number().min(0),
  t1: z.number().min(0),
  kv: z.number().min(0),
  pf: z.number().min(0),
  a: z.number().min(0),
  maxSeqs: count,
  kvTokens: count,
  p0: z.number().min(0),
  p1: z.number().min(0),
  pt: z.number().positive(),
});

/**
 * An experiment: what is compared, on whom and on what. Everything has a default, so an empty file is
 * the quick start. Unknown fields are refused.
 */
export const Experiment = z.strictObject({
  name: z.string().min(1).default('quickstart'),
  /** Seed of everything that is drawn: profiles, order of problems, model calls. */
  seed: z.int().min(0).max(2 ** 32 - 1).default(7),
  /** Methods by name, or methods that somebody else serves, by address. */
  methods: z
    .array(z.union([name, z.strictObject({ name, target: z.string().min(1), ...credentials })]))
    .min(1)
    .default(['vanilla', 'contextual', 'reflection', 'rag']),
  profiles: z
    .strictObject({
      /** A file of flat or conditional profiles; without it profiles are generated from the catalogue. */
      file: z.string().optional(),
      /** At most this many profiles of the file; how many are generated without one. */
      limit: count.optional(),
      /** Preferences of a generated profile, on average. */
      preferencesEach: z.int().min(3).max(46).default(40),
      /** Which version of the catalogue they are drawn from; v1 is kept for comparisons. */
      catalogue: z.enum(['v1', 'v2']).default('v2'),
    })
    .prefault({}),
  /** Problem files (JSON or JSONL); `bank` is the built-in problem bank. */
  datasets: z
    .array(z.union([z.string().min(1), z.strictObject({ file: z.string().min(1), name: z.string().optional(), limit: count.optional() })]))
    .min(1)
    .default(['bank']),
  /** Sessions of one user with one method. */
  sessions: count.default(6),
  /** The most user messages of a session. */
  maxTurns: z.int().min(1).max(50).default(10),
  /** Conflict probes: queries that several preferences of a user claim and one of them is right for. */
  probes: z
    .strictObject({
      /** The share of sessions with a probe, 0 to 1. */
      rate: z.number().min(0).max(1).default(0.3),
    })
    .prefault({}),
  /** How often a failed session is tried before it is recorded as failed. */
  attempts: z.int().min(1).max(5).default(2),
  /** Trajectories under way at once; `auto` takes as many as leave a quarter of the KV caches free that `servers` describes. */
  concurrency: z.union([z.int().min(1).max(10_000), z.literal('auto')], 'must be a whole number from 1 to 10000, or auto').default(64),
  /** What the run may spend over all its executions; when a limit is reached it is paused, and can be gone on with under a higher one. */
  limits: z
    .strictObject({
      /** Prompt and completion tokens of all model calls. */
      tokens: count.optional(),
      /** In the currency of models.prices. */
      money: z.number().positive().optional(),
      /** Of wall time. */
      hours: z.number().positive().optional(),
    })
    .optional(),
  models: z
    .strictObject({
      url: url.default(SIMULATED),
      model: z.string().min(1).default('sim-large'),
      /** Further servers that serve the same models as `url`. */
      replicas: z.array(serverUrl).optional(),
      apiKeyEnv: z.string().default('ATTUNE_API_KEY'),
      /** Roles that differ. Without them embedding and reranker use the built-in lexical ones. */
      roles: z.partialRecord(z.enum(ROLES), ModelPlace).default({}),
      /** Longest wait for one call with its retries, in milliseconds. */
      deadlineMs: z.int().min(1).default(120_000),
      /** Repetitions of a call that failed for a passing reason. */
      retries: z.int().min(0).max(10).default(3),
      /** The most calls in flight to one server. */
      maxConcurrency: z.int().min(1).default(256),
      /** Send `priority` with each call, which vLLM takes when it is started with --scheduling-policy priority: judging then comes last there too. */
      sendPriority: z.boolean().default(false),
      /** The response cache: off, read-write or replay-only. */
      cache: z.enum(['off', 'read-write', 'replay-only']).default('off'),
      cacheDir: z.string().default('.cache/models'),
      /** Money per million tokens, by model. */
      prices: z.record(z.string(), z.strictObject({ promptPerMillion: z.number().min(0), completionPerMillion: z.number().min(0) })).default({}),
    })
    .prefault({}),
  /** Power of what stands behind the endpoints, by their URL, in watts: from this reports say what energy sessions took. */
  energy: z.strictObject({ watts: z.record(url, z.number().min(0)).default({}) }).prefault({}),
  /** What stands behind the endpoints, by their URL: from this `attune plan` predicts time, GPU-hours and energy, and `concurrency: auto` finds its number. */
  servers: z
    .record(url, z.strictObject({ profile: z.union([z.enum(Object.keys(SERVING_PROFILES) as [keyof typeof SERVING_PROFILES]), ServingShape]), replicas: count.default(1) }))
    .default({}),
  /** What the agent model is asked with; equal for all methods. */
  agent: z
    .strictObject({
      contextLength: z.int().min(1024).default(16_384),
      maxTokens: z.int().min(16).default(1024),
      temperature: z.number().min(0).max(2).default(0.7),
      topP: z.number().gt(0).max(1).default(0.9),
    })
    .prefault({}),
  simulator: z
    .strictObject({
      maxTokens: z.int().min(64).default(1024),
      temperature: z.number().min(0).max(2).default(1),
      /** How a turn is asked for: everything in one call, the act before the message, or plain text first and the private fields after it. */
      style: z.enum(['one_step', 'two_step', 'plain_text']).default('one_step'),
      /** Users work through their problem in small steps, which makes sessions longer. */
      stepByStep: z.boolean().default(false),
      /** Folder of certificates beside the ones that ship with Attune. */
      certificates: z.string().default('certificates'),
    })
    .prefault({}),
  judge: z
    .strictObject({
      maxTokens: z.int().min(64).default(1024),
      temperature: z.number().min(0).max(2).default(0),
      /** What one call says: the verdicts on all turns of a session, or on one turn with nothing after it in sight. */
      mode: z.enum(['session', 'turn']).default('session'),
      /** How often each judge is asked, with different seeds; the majority counts. */
      votes: z.int().min(1).max(25).default(1),
      /** How often at most, where the first votes disagree; as often as `votes` unless told. */
      maxVotes: z.int().min(1).max(25).optional(),
      /**
       * Whether a real judge answers a few questions with known answers before it judges anything: it costs about forty short calls a run and keeps a judge that always
       * says the same, or answers at random, from grading. Sessions are played all the same and can be judged later.
       */
      anchors: z.enum(['check', 'off']).default('check'),
      /** Several judges that vote together; without them the role `judge` judges alone. */
      panel: z.array(ModelPlace).max(9).default([]),
    })
    .superRefine(({ votes, maxVotes = votes, panel }, context) => {
      if (maxVotes < votes) context.addIssue({ code: 'custom', path: ['maxVotes'], message: `must be at least votes, which is ${votes}; found ${maxVotes}` });
      else if (maxVotes > votes && votes === 1 && panel.length < 2) context.addIssue({ code: 'custom', path: ['maxVotes'], message: 'has no effect, since a single vote cannot disagree; set votes to 2 or more, or name a panel' });
    })
    .prefault({}),
  preferences: z
    .strictObject({
      topJ: z.int().min(1).max(64).default(3),
      topK: z.int().min(1).max(1024).default(64),
      relevanceFloor: z.number().min(0).max(1).default(0),
      /** What reads preferences from messages: a model, or fixed rules. */
      extraction: z.enum(['model', 'rules']).default('model'),
      /** How many of the last messages an extracting model sees. */
      window: z.int().min(1).max(50).default(1),
      /** Preferences that the extractor is less sure of are not stored. */
      leastConfidence: z.number().min(0).max(1).default(0.2),
      /** How conditions are told from wishes that always hold. */
      scope: z.enum(['whole_words', 'reference']).default('whole_words'),
      /** `full` confirms, merges and supersedes cards; `exact` only confirms equal notes. */
      dedup: z.enum(['full', 'exact']).default('full'),
      /** What a card's embedding is of. */
      embedField: z.enum(['note', 'query']).default('note'),
      /** What rates the candidates. */
      scorer: z.enum(['reranker', 'judge', 'cosine', 'lexical']).default('reranker'),
      /** Search a second time with the message's task type in front of it. */
      queryTransform: z.boolean().default(true),
      /** Search by words beside embeddings. */
      hybrid: z.boolean().default(false),
      /** Of cards that want equal or opposite things give the best only. */
      diversity: z.boolean().default(false),
      /** Give as many cards as are good enough, in place of topJ. */
      dynamicTopK: z.strictObject({ ratio: z.number().min(0).max(1).default(0.5), least: z.int().min(0).default(3), most: z.int().min(1).default(8) }).nullable().default(null),
      /** Where rewards come from; `simulator` tells methods what the simulated user privately noted, which a deployed system would not know. */
      reward: z.enum(['keyword', 'keyword_v2', 'judge', 'simulator']).default('keyword_v2'),
      /** Softmax temperature. */
      tau: z.number().positive().default(1),
      /** Rates and weights of the user vectors; what is not named stays as it is. */
      vectors: z
        .strictObject({
          betaLong: z.number(),
          betaShort: z.number(),
          etaLong: z.number().min(0),
          etaShort: z.number().min(0),
          alpha: z.number().min(0).max(1),
          lambda: z.number().min(0).max(1),
          bilinear: z.boolean(),
          baselineUpdate: z.enum(['onUpdate', 'everyReward']),
          shortDecay: z.enum(['onUpdate', 'everyTurn']),
        })
        .partial()
        .prefault({}),
      store: z
        .strictObject({
          /** A Qdrant server that keeps the memories; without it they lie in the run's folder. */
          qdrant: serverUrl.optional(),
          /** The environment variable that holds its API key. */
          apiKeyEnv: z.string().default('ATTUNE_QDRANT_API_KEY'),
          /** First part of the names of its collections. */
          prefix: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'should be 1 to 64 letters, digits, hyphens and underscores').default('attune'),
        })
        .prefault({}),
      /** The file of an item space, made by `attune preferences fit-space`; without it no user vectors are kept. */
      itemSpace: z.string().min(1).optional(),
    })
    .prefault({}),
  /** Services that run elsewhere, by address (host:port); the others run in this process. */
  services: z
    .strictObject({
      simulator: z.string().optional(),
      judge: z.string().optional(),
      ...credentials,
      /** How long a service or method elsewhere that went away is waited for, in milliseconds. */
      patienceMs: z.int().min(0).default(30_000),
    })
    .prefault({}),
  /** The simulated server's own settings. */
  sim: z.strictObject({ latencyMs: z.number().min(0).default(0) }).prefault({}),
});

/** Reads an experiment file. Throws `invalid_argument` or `not_found` with one sentence that names the file. */
export async function readExperiment(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw describeFileError(`Cannot read the experiment ${file}`, cause);
  }
  try {
    return parse(text) ?? {};
  } catch (cause) {
    if (!(cause instanceof YAMLParseError)) throw cause;
    throw new AttuneError('invalid_argument', `${file} is not valid YAML: ${cause.message.split('\n')[0]?.replace(/:$/, '.')}`, { cause });
  }
}

/** Fills in the defaults. `source` names the file, or the command line, in the error. */
export function parseExperiment(raw: unknown, source: string): Experiment {
  const parsed = Experiment.safeParse(withReplicas(raw));
  if (!parsed.success) throw new AttuneError('invalid_argument', `${source}: ${parsed.error.issues.map(sentence).join('; ')}.`);
  const names = parsed.data.methods.map((m) => (typeof m === 'string' ? m : m.name));
  const twice = names.find((n, index) => names.indexOf(n) !== index);
  if (twice) throw new AttuneError('invalid_argument', `${source}: the method "${twice}" is named twice; name each method once.`);
  const { concurrency, limits, models, servers } = parsed.data;
  if (concurrency === 'auto' && Object.keys(servers).length === 0) {
    throw new AttuneError('invalid_argument', `${source}: concurrency: auto needs to know the KV caches; describe the servers behind the endpoints under servers, or set a number.`);
  }
  if (limits?.money !== undefined && Object.keys(models.prices).length === 0) {
    throw new AttuneError('invalid_argument', `${source}: limits.money has no effect without prices; set models.prices.`);
  }
  return parsed.data;
}

/** A list of URLs is short for the first one with the others as its replicas. */
function withReplicas(raw: unknown): unknown {
  const place = (value: unknown): unknown => {
    if (!isObject(value) || !Array.isArray(value['url']) || value['url'].length === 0) return value;
    const [url, ...replicas] = value['url'] as unknown[];
    return { ...value, url, ...(replicas.length > 0 && { replicas }) };
  };
  if (!isObject(raw)) return raw;
  const experiment = { ...raw };
  if (isObject(raw['models'])) {
    const models = place(raw['models']) as Record<string, unknown>;
    const { roles } = models;
    experiment['models'] = isObject(roles) ? { ...models, roles: Object.fromEntries(Object.entries(roles).map(([role, value]) => [role, place(value)])) } : models;
  }
  if (isObject(raw['judge']) && Array.isArray(raw['judge']['panel'])) experiment['judge'] = { ...raw['judge'], panel: raw['judge']['panel'].map(place) };
  return experiment;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The place of a role's model; null for a note writer that is not configured, since no other model takes the place of a trained one. */
export function placeOf(experiment: Experiment, role: Exclude<Role, 'note_writer'>): z.infer<typeof ModelPlace>;
export function placeOf(experiment: Experiment, role: Role): z.infer<typeof ModelPlace> | null;
export function placeOf(experiment: Experiment, role: Role): z.infer<typeof ModelPlace> | null {
  const { url, replicas, model, apiKeyEnv, roles } = experiment.models;
  if (roles[role]) return roles[role];
  if (role === 'note_writer') return null;
  if (role === 'memory' && roles.agent) return roles.agent;
  if (role === 'simulator_fields' && roles.simulator) return roles.simulator;
  // A chat endpoint seldom has embeddings or reranking, so without a place of their own they are the built-in lexical ones.
  if (role === 'embedding') return { url: SIMULATED, model: 'sim-embedding', apiKeyEnv };
  if (role === 'reranker') return { url: SIMULATED, model: 'sim-reranker', apiKeyEnv };
  return { url, model, apiKeyEnv, ...(replicas && { replicas }) };
}

/** Where the judges are: the panel, or the one of the role. */
export function judgePlaces(experiment: Experiment): z.infer<typeof ModelPlace>[] {
  return experiment.judge.panel.length > 0 ? experiment.judge.panel : [placeOf(experiment, 'judge')];
}

/** Whether a chat model of the experiment is simulated. */
export function isSimulated(experiment: Experiment): boolean {
  const others = ROLES.filter((role) => role !== 'embedding' && role !== 'reranker' && role !== 'judge').map((role) => placeOf(experiment, role));
  return [...others, ...judgePlaces(experiment)].some((place) => place?.url === SIMULATED);
}

function sentence(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.') || 'the experiment';
  if (issue.code === 'unrecognized_keys') {
    const known = knownFields(issue.path);
    return `unknown field ${issue.keys.map((key) => [...issue.path, key].join('.')).join(', ')}${known ? ` (known: ${known})` : ''}`;
  }
  return `${where}: ${issue.message.replace(/^Invalid input: /, '')}`;
}

/** Fields at a path of the schema, for the error that names an unknown one. */
function knownFields(path: readonly PropertyKey[]): string {
  let shape: unknown = Experiment;
  for (const part of path) {
    shape = shapeOf(shape)?.[String(part)];
  }
  return Object.keys(shapeOf(shape) ?? {}).join(', ');
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  let inner = schema as { shape?: Record<string, unknown>; unwrap?: () => unknown } | undefined;
  while (inner && !inner.shape && inner.unwrap) inner = inner.unwrap() as typeof inner;
  return inner?.shape;
}

export type Experiment = z.infer<typeof Experiment>;
export type Role = (typeof ROLES)[number];
