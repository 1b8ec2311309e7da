import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { openModels } from '../all-in-one/service.ts';
import { openStateStore } from '../agent/service.ts';
import { parseExperiment } from '../orchestrator/service.ts';
import { AttuneError } from '../platform/errors.ts';
import { assertWritableFolder } from '../platform/files.ts';
import { createLogger } from '../platform/log.ts';

/** Oldest Node that Attune runs on. */
const NODE_FLOOR = [20, 19] as const;
/** Less free space than this is worth a word, in GiB; a session record is about 20 kB. */
const LITTLE_SPACE_GIB = 1;

/** Checks one thing after another; a check that fails says how to mend it and does not hide the others. */
export async function diagnose(options: DiagnoseOptions): Promise<Finding[]> {
  const checks: [string, () => Promise<Finding['detail'] | Omit<Finding, 'what'>>][] = [
    ['Node', nodeVersion],
    ['folder', writableFolder],
    ['disk', freeSpace],
    ['loopback', loopback],
    ['embedded store', embeddedStore],
    ['model endpoint', () => modelEndpoint(options)],
  ];
  const findings: Finding[] = [];
  for (const [what, check] of checks) {
    try {
      const found = await check();
      findings.push(typeof found === 'string' ? { what, status: 'ok', detail: found } : { what, ...found });
    } catch (error) {
      findings.push({ what, status: 'broken', detail: AttuneError.from(error).message });
    }
  }
  return findings;
}

async function nodeVersion(): Promise<string> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = NODE_FLOOR;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return `version ${process.versions.node}`;
  throw new AttuneError('failed_precondition', `version ${process.versions.node} is too old; install Node ${needMajor}.${needMinor} or newer.`);
}

async function writableFolder(): Promise<string> {
  await assertWritableFolder('.');
  return 'run folders can be made here';
}

async function freeSpace(): Promise<string> {
  const { bavail, bsize } = await statfs('.');
  const gib = (bavail * bsize) / 2 ** 30;
  if (gib >= LITTLE_SPACE_GIB) return `${gib.toFixed(0)} GiB free`;
  throw new AttuneError('resource_exhausted', `only ${gib.toFixed(1)} GiB free here; a session record takes about 20 kB, so make room before a large run.`);
}

/** The services and the simulated models meet over loopback. */
async function loopback(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  await new Promise((resolve) => server.close(resolve));
  return '127.0.0.1 can be listened on';
}

async function embeddedStore(): Promise<string> {
  openStateStore(null).close();
  return 'the database engine loads';
}

async function modelEndpoint({ modelUrl, model, secrets }: DiagnoseOptions): Promise<Omit<Finding, 'what'>> {
  if (!modelUrl) {
    return { status: 'optional', detail: 'none named, so runs use simulated models; give --models URL --model NAME for real ones (vLLM, Ollama, OpenAI …)' };
  }
  if (!model) throw new AttuneError('invalid_argument', 'a URL is named but no model; give --model NAME as well.');
  const experiment = parseExperiment({ models: { url: modelUrl, model, retries: 0, deadlineMs: 30_000 } }, 'doctor');
  const models = await openModels(experiment, { knowledge: [], secrets, log: createLogger({ name: 'doctor', level: 'silent' }) });
  try {
    await models.preflight();
    return { status: 'ok', detail: `${model} at ${modelUrl} answers, also with structured JSON` };
  } finally {
    await models.close();
  }
}

export interface Finding {
  what: string;
  /** `optional`: not there and not needed. */
  status: 'ok' | 'optional' | 'broken';
  detail: string;
}

interface DiagnoseOptions {
  modelUrl: string | undefined;
  model: string | undefined;
  secrets: Readonly<Record<string, string | undefined>>;
}
