import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readEnv } from '../../services/platform/config.ts';
import { natsEnv } from '../../services/platform/nats.ts';
import { attune, ROOT, temporaryFolder } from '../support/attune.ts';
import { SETTINGS_READ } from './support/settings-read.ts';

const FOLDER = join(ROOT, 'deploy/systemd');
const UNITS = readdirSync(FOLDER).filter((name) => name.endsWith('.service'));
/** An instance of each template. */
const INSTANCES: Record<string, string[]> = {
  'attune-serve@.service': ['simulator', 'preference-store', 'model-sim'],
  'attune-agent@.service': ['vanilla'],
  'attune-runner@.service': ['1'],
  'attune-judge@.service': ['1'],
  'attune-run@.service': ['trial'],
};
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
if (!hasAnalyze) process.stderr.write('systemd-analyze is not on this machine: the units are read, but NOT verified (Debian: apt-get install systemd).\n');

test.skipIf(!hasAnalyze)('systemd takes every unit, with its drop-ins, without a word', async () => {
  await using folder = await temporaryFolder();
  cpSync(FOLDER, folder.path, { recursive: true });
  for (const name of UNITS) {
    const file = join(folder.path, name);
    // Programs that this machine lacks are stood in for; their paths are the packages'.
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^(ExecStart=)(\/\S+)/m, (line, key: string, program: string) => (existsSync(program) ? line : `${key}/bin/true`)));
  }
  const names = [...UNITS.flatMap((name) => (INSTANCES[name] ?? ['']).map((instance) => name.replace('@.', `@${instance}.`))), 'attune.target'];
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', '--generators=no', ...names.map((name) => join(folder.path, name))], { encoding: 'utf8', env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder.path}:` } });
  expect(`${stdout}${stderr}`.split('\n').filter((line) => line.includes('attune'))).toEqual([]);
  expect(status, stderr).toBe(0);
});

describe.each(Object.entries(INSTANCES).flatMap(([name, instances]) => instances.map((instance) => [name, instance] as const)))('%s with %s', (name, instance) => {
  const unit = readUnit(name);
  const words = unit.get('ExecStart')![0]!.replaceAll('%i', instance).replaceAll('%S', '/var/lib').split(' ').slice(2);
  let help: { all: string; own: string };
  beforeAll(async () => {
    help = { all: await helpOf(), own: await helpOf(words[0]) };
  });

  test('runs a command that attune has, with options that it has', () => {
    expect(help.all).toMatch(new RegExp(`^ +${words[0]} `, 'm'));
    if (words[0] === 'serve') expect(help.own.replace(/\s+/g, ' ')).toMatch(new RegExp(`service .*\\b${words[1]}\\b.*Options:`));
    for (const flag of words.filter((word) => word.startsWith('--'))) expect(help.own).toMatch(new RegExp(`${flag}\\b`));
  });

  test('sets what that service reads, and with attune.env everything that it needs', () => {
    const read = SETTINGS_READ[words[0] === 'serve' ? words[1]! : words[0]!]!;
    const dropIn = join(FOLDER, `${name.replace('@.', `@${instance}.`)}.d`);
    const own = [unit, ...(existsSync(dropIn) ? readdirSync(dropIn).map((file) => readUnit(join(`${name.replace('@.', `@${instance}.`)}.d`, file))) : [])];
    const set = own.flatMap((lines) => lines.get('Environment') ?? []).flatMap((line) => line.split(' ')).map((pair) => pair.split('=')[0]!);
    expect(set.filter((variable) => !read.all.has(variable) && variable !== 'ATTUNE_STATE_DIR')).toEqual([]);
    expect([...read.needed].filter((variable) => ![...set, ...Object.keys(settingsFile())].includes(variable))).toEqual([]);
  });

  test('keeps its files in a folder of its own, as nobody in particular, and can change nothing else', () => {
    const shared = readUnit('attune-.service.d/hardening.conf');
    expect([unit.get('DynamicUser'), unit.get('StateDirectory')?.length]).toEqual([['yes'], 1]);
    expect(shared.get('ProtectSystem')).toEqual(['strict']);
    expect(shared.get('NoNewPrivileges')).toEqual(['yes']);
    // A service must be done with its calls before systemd loses patience.
    const drain = unit.get('Environment')?.find((line) => line.startsWith('ATTUNE_DRAIN_MS='))?.split('=')[1] ?? '0';
    expect(Number(shared.get('TimeoutStopSec')![0])).toBeGreaterThan(Number(drain) / 1000);
  });
});

test('attune.env holds settings that services read, and an address of the bus that is one', () => {
  const known = new Set(Object.values(SETTINGS_READ).flatMap(({ all }) => [...all]));
  expect(Object.keys(settingsFile()).filter((variable) => !known.has(variable))).toEqual([]);
  expect(readEnv(settingsFile(), natsEnv)?.servers).toEqual(['tls://localhost:4222']);
});

test('the units of workers have a user and a password that deploy/nats makes', () => {
  const access = readFileSync(join(ROOT, 'deploy/nats/access.conf'), 'utf8');
  const workers = UNITS.map(readUnit).filter((unit) => unit.has('LoadCredential'));
  expect(workers.length).toBe(3);
  for (const unit of workers) {
    const user = unit.get('Environment')!.find((line) => line.startsWith('ATTUNE_BUS_USER='))!.split('=')[1]!;
    expect(access).toContain(`{ user: ${user},`);
    expect(unit.get('LoadCredential')).toEqual([`bus-password:/etc/attune/nats/${user}.password`]);
  }
});

function helpOf(command = ''): Promise<string> {
  const known = HELP.get(command) ?? attune(command === '' ? ['--help'] : [command, '--help']).then(({ stdout }) => stdout);
  HELP.set(command, known);
  return known;
}

/** Asked once: each is a process. */
const HELP = new Map<string, Promise<string>>();

function settingsFile(): Record<string, string> {
  return Object.fromEntries(assignments(readFileSync(join(FOLDER, 'attune.env'), 'utf8')));
}

/** The lines of a unit by their key. */
function readUnit(name: string): Map<string, string[]> {
  const unit = new Map<string, string[]>();
  for (const [key, value] of assignments(readFileSync(join(FOLDER, name), 'utf8'))) unit.set(key, [...(unit.get(key) ?? []), value]);
  return unit;
}

function assignments(text: string): [string, string][] {
  return text.split('\n').flatMap((line) => {
    const match = /^([A-Za-z][A-Za-z0-9_]*)=(.*)$/.exec(line);
    return match ? [[match[1]!, match[2]!] as [string, string]] : [];
  });
}
