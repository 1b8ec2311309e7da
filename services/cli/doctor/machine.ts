import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { openStateStore } from '../../agent/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { assertWritableFolder } from '../../platform/files.ts';
import type { Check, Outcome } from './finding.ts';

/** What every command needs of the machine, with room for `sessions` in the folder where runs go. */
export function machineChecks({ out, sessions }: { out: string; sessions: number }): Check[] {
  return [
    { group: 'needed', what: 'Node', look: nodeVersion },
    { group: 'needed', what: 'memory', look: memory },
    { group: 'needed', what: 'folder of runs', look: () => writable(out) },
    { group: 'needed', what: 'disk', look: () => freeSpace(out, sessions) },
    { group: 'needed', what: 'temporary folder', look: () => writable(tmpdir()) },
    { group: 'needed', what: 'clock', look: clock },
    { group: 'needed', what: 'loopback', look: loopback },
    { group: 'needed', what: 'embedded store', look: embeddedStore },
    { group: 'optional', what: 'ports', look: ports },
  ];
}

/** Oldest Node that Attune runs on. */
const NODE_FLOOR = [20, 19] as const;

async function nodeVersion(): Promise<string> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = NODE_FLOOR;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return `version ${process.versions.node}`;
  throw new AttuneError('failed_precondition', `version ${process.versions.node} is too old; install Node ${needMajor}.${needMinor} or newer.`);
}

async function memory(): Promise<Outcome> {
  const gib = process.availableMemory() / 2 ** 30;
  const found = `${gib.toFixed(1)} GiB available to this process, ${availableParallelism()} processors`;
  if (gib < LEAST_GIB) throw new AttuneError('resource_exhausted', `only ${found}; a run needs about ${LEAST_GIB} GiB: end other programs or raise the container's limit.`);
  if (gib < COMFORTABLE_GIB) return { status: 'weak', detail: `${found}; enough for small runs, but services in processes of their own take about 0.15 GiB each.` };
  return found;
}

const LEAST_GIB = 0.5;
const COMFORTABLE_GIB = 2;

async function writable(folder: string): Promise<string> {
  await assertWritableFolder(folder);
  return `${folder} can be written`;
}

/** Less free space than this is refused, in GiB. */
const LEAST_DISK_GIB = 1;
/** Of a session's record, verdicts and events, in bytes; long dialogues of real models take several times what short ones do. */
const SESSION_BYTES = 60_000;

async function freeSpace(folder: string, sessions: number): Promise<string> {
  const { bavail, bsize } = await statfs(folder);
  const gib = (bavail * bsize) / 2 ** 30;
  const needed = LEAST_DISK_GIB + (sessions * SESSION_BYTES) / 2 ** 30;
  if (gib >= needed) return `${gib.toFixed(0)} GiB free in ${folder}`;
  throw new AttuneError('resource_exhausted', `only ${gib.toFixed(1)} GiB free in ${folder}, where ${sessions === 0 ? 'runs go' : `a run of ${sessions} sessions goes`}, and ${needed.toFixed(1)} GiB should be; make room, or name another folder with --out.`);
}

async function clock(): Promise<string> {
  const now = new Date();
  if (now.getTime() > BUILT_AFTER) return `${now.toISOString()}; compared with servers below, if there are any`;
  throw new AttuneError('failed_precondition', `the clock says ${now.toISOString()}, which is past; set it, or let NTP set it (timedatectl set-ntp true).`);
}

const BUILT_AFTER = Date.UTC(2026, 0, 1);

/** The services and the simulated models meet over loopback. */
async function loopback(): Promise<string> {
  await listens(0);
  return '127.0.0.1 can be listened on';
}

async function embeddedStore(): Promise<string> {
  openStateStore(null).close();
  return 'the database engine loads';
}

/** What attune serve listens on unless told. */
const PORTS: Record<string, number> = { simulator: 50_051, agent: 50_052, 'preference-store': 50_053, judge: 50_054, 'model-sim': 8_000 };

async function ports(): Promise<Outcome> {
  const taken: string[] = [];
  for (const [service, port] of Object.entries(PORTS)) {
    await listens(port).catch(() => taken.push(`${port} (${service})`));
  }
  if (taken.length === 0) return `${Object.values(PORTS).join(', ')} are free`;
  return { status: 'weak', detail: `${taken.join(', ')} ${taken.length === 1 ? 'is' : 'are'} taken; attune serve and attune up need --port there, attune run does not.` };
}

async function listens(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}
