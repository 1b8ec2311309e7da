import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT, temporaryFolder } from '../support/attune.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';
import { tool } from './support/chart.ts';

const FILE = join(ROOT, 'deploy/Dockerfile');
const LINES = readFileSync(FILE, 'utf8').replace(/\\\n\s*/g, ' ').split('\n').filter((line) => line !== '' && !line.startsWith('#'));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** The final stage's root, with /attune in it. */
let image = '';
const skipped: string[] = [];

/**
 * Does outside a container what the Dockerfile says, in order: each stage is a folder, COPY copies what .dockerignore lets through, RUN runs in its WORKDIR. Making
 * the user is left out, because it would change this machine.
 */
beforeAll(async () => {
  folder = await temporaryFolder();
  const stages = new Map<string, string>();
  let stage = '';
  let workdir = '/';
  for (const line of LINES) {
    const [instruction, ...words] = line.split(/\s+/);
    const place = (path: string) => join(stage, path.startsWith('/') ? path : join(workdir, path));
    if (instruction === 'FROM') {
      stage = join(folder.path, words[2] ?? 'final');
      stages.set(words[2] ?? 'final', stage);
      mkdirSync(stage);
      workdir = '/';
    } else if (instruction === 'WORKDIR') {
      workdir = words[0]!;
      mkdirSync(join(stage, workdir), { recursive: true });
    } else if (instruction === 'COPY') {
      const from = /^--from=(.+)$/.exec(words[0]!)?.[1];
      const paths = from === undefined ? words : words.slice(1);
      const target = paths.at(-1)!;
      for (const source of paths.slice(0, -1)) {
        const origin = from === undefined ? join(ROOT, source) : join(stages.get(from)!, source);
        const to = target.endsWith('/') ? join(place(target), source.split('/').at(-1)!) : place(target);
        cpSync(origin, to, { recursive: true, filter: (path) => from !== undefined || !ignored(relative(ROOT, path)) });
      }
    } else if (instruction === 'RUN') {
      const command = line.slice(4);
      if (/useradd/.test(command)) skipped.push(command);
      else execFileSync('sh', ['-ec', command], { cwd: join(stage, workdir), stdio: ['ignore', 'ignore', 'inherit'] });
    } else if (!['ARG', 'ENV', 'USER', 'VOLUME', 'EXPOSE', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD'].includes(instruction!)) {
      throw new Error(`The Dockerfile has an instruction that this test does not know: ${line}`);
    }
  }
  image = stages.get('final')!;
  // A user without rights must be able to read everything on the way.
  execFileSync('chmod', ['-R', 'a+rX', folder.path]);
}, 300_000);

afterAll(async () => {
  rmSync(image, { recursive: true, force: true });
  await folder[Symbol.asyncDispose]();
});

test('hadolint has nothing to say', () => {
  const { status, stdout } = spawnSync(tool('hadolint/hadolint'), [FILE], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

test('the last user is nobody special, the base is a version, and only making that user was left out here', () => {
  expect(LINES.filter((line) => line.startsWith('USER ')).at(-1)).toBe('USER 10001:10001');
  expect(LINES.find((line) => line.startsWith('ARG NODE_IMAGE='))).toMatch(/=node:\d+\.\d+\.\d+-[a-z-]+$/);
  expect(skipped).toHaveLength(1);
});

test('the image holds no test, no development package and nothing of git', () => {
  expect(readdirSync(join(image, 'attune')).sort()).toEqual(['LICENSE', 'README.md', 'deploy', 'node_modules', 'package.json', 'services', 'tsconfig.json']);
  expect(readdirSync(join(image, 'attune/services'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'))).toEqual([]);
  expect(existsSync(join(image, 'attune/node_modules/vitest'))).toBe(false);
});

test('its command runs an experiment for a user without rights, who writes only where it may', async () => {
  await using out = await temporaryFolder();
  execFileSync('chmod', ['777', out.path]);
  const { status, stdout, stderr } = asNobody(['run', '--methods', 'vanilla,rag', '--profiles', '1', '--sessions', '1', '--out', join(out.path, 'run')], out.path);
  expect(stderr).not.toMatch(/EACCES|EROFS|ENOENT/);
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('2 sessions planned, 2 recorded');
  expect(existsSync(join(out.path, 'run/report/index.html'))).toBe(true);
});

test('the health check tells a service that serves from one that does not', async () => {
  const port = await freePort();
  const env = { PATH: process.env['PATH']!, ATTUNE_PORT: String(port) };
  const check = () => spawnSync(process.execPath, ['deploy/healthcheck.mjs'], { cwd: join(image, 'attune'), env }).status;
  expect(check()).toBe(1);
  const server = spawn(process.execPath, [...entrypoint(), 'serve', 'model-sim'], { cwd: join(image, 'attune'), env, stdio: 'ignore' });
  try {
    await until(() => check() === 0, 'the simulated models are healthy', 60_000, 200);
  } finally {
    server.kill('SIGTERM');
  }
});

/** The arguments of the ENTRYPOINT after `node`. */
function entrypoint(): string[] {
  return (JSON.parse(LINES.find((line) => line.startsWith('ENTRYPOINT '))!.slice('ENTRYPOINT '.length)) as string[]).slice(1);
}

function asNobody(args: string[], home: string) {
  const command = [process.execPath, ...entrypoint(), ...args];
  const drop = process.getuid?.() === 0 ? ['setpriv', '--reuid=10001', '--regid=10001', '--clear-groups'] : [];
  const [program, ...rest] = [...drop, ...command] as [string, ...string[]];
  return spawnSync(program, rest, { cwd: join(image, 'attune'), env: { PATH: process.env['PATH']!, HOME: home, TMPDIR: home, NODE_ENV: 'production' }, encoding: 'utf8' });
}

const IGNORED = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter(Boolean);

function ignored(path: string): boolean {
  return IGNORED.some((pattern) => (pattern.startsWith('**/*') ? path.endsWith(pattern.slice(4)) : path === pattern || path.startsWith(`${pattern}/`)));
}
