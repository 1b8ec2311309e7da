import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT, temporaryFolder } from '../support/attune.ts';
import { makeCertificates } from '../support/certificates.ts';
import { haveNatsServer } from '../support/nats-server.ts';
import { podOf, render } from './support/chart.ts';

const ACCESS = readFileSync(join(ROOT, 'deploy/nats/access.conf'), 'utf8');
const ROLES = ['operator', 'coordinator', 'recorder', 'runner', 'judge'];

test.skipIf(!haveNatsServer)('nats.conf is a configuration that the server takes, with passwords that nobody else reads', async () => {
  await using folder = await temporaryFolder();
  cpSync(join(ROOT, 'deploy/nats'), folder.path, { recursive: true });
  const make = () => execFileSync(process.execPath, [join(folder.path, 'make-passwords.mjs'), folder.path], { encoding: 'utf8' });
  make();
  const passwords = readFileSync(join(folder.path, 'passwords.conf'), 'utf8');
  expect(make()).toContain('is there already');
  expect(readFileSync(join(folder.path, 'passwords.conf'), 'utf8')).toBe(passwords);
  for (const role of ROLES) {
    const file = join(folder.path, `${role}.password`);
    expect(passwords).toContain(`${role.toUpperCase()}_PASSWORD: "${readFileSync(file, 'utf8').trim()}"`);
    expect(statSync(file).mode & 0o077).toBe(0);
  }
  const { cert, key } = makeCertificates(folder.path);
  const conf = join(folder.path, 'nats.conf');
  writeFileSync(conf, readFileSync(conf, 'utf8').replace('/etc/attune/nats/tls.crt', cert).replace('/etc/attune/nats/tls.key', key).replace('/var/lib/attune-nats', join(folder.path, 'store')));
  execFileSync('nats-server', ['-c', conf, '-t'], { stdio: 'pipe' });
});

test('the values for the NATS chart grant what access.conf grants', () => {
  const values = parse(readFileSync(join(ROOT, 'helm/nats-access-values.yaml'), 'utf8')) as { config: { merge: { authorization: { users: ChartUser[] } } }; container: { env: Record<string, unknown> } };
  const granted = values.config.merge.authorization.users.map(({ user, permissions }) => ({ user, publish: permissions.publish.allow, subscribe: permissions.subscribe.allow, answers: permissions.allow_responses === true }));
  expect(granted).toEqual(ROLES.map(grantsOf));
  expect(values.config.merge.authorization.users.map(({ password }) => password)).toEqual(ROLES.map((role) => `<< $${role.toUpperCase()}_PASSWORD >>`));
  expect(Object.keys(values.container.env)).toEqual(ROLES.map((role) => `${role.toUpperCase()}_PASSWORD`));
});

describe('the chart with bus.users', () => {
  const pods = render(['--set', 'bus.url=tls://nats.nats.svc:4222,bus.users=true,bus.caSecret=nats-ca,experiment.enabled=true,secrets.name=attune-secrets']).flatMap((object) => podOf(object) ?? []);

  test('each part is the user of its role, with the password of that role, and trusts the authority that it is given', () => {
    const users = pods.flatMap(({ pod }) => pod.containers.flatMap(({ name, env = [] }) => {
      const user = env.find((entry) => entry.name === 'ATTUNE_BUS_USER')?.value;
      if (user === undefined) return [];
      expect(env).toContainEqual({ name: 'ATTUNE_BUS_PASSWORD', valueFrom: { secretKeyRef: { name: 'attune-secrets', key: `bus-password-${user}` } } });
      expect(env).toContainEqual({ name: 'ATTUNE_BUS_CA', value: '/bus/ca.crt' });
      return [[name, user]];
    }));
    expect(Object.fromEntries(users)).toEqual({ judge: 'judge', runner: 'runner', experiment: 'coordinator', doctor: 'operator' });
  });
});

/** What access.conf says of a user. */
function grantsOf(user: string): { user: string; publish: string[]; subscribe: string[]; answers: boolean } {
  const [, block] = new RegExp(`\\n    \\{ user: ${user}, (.*?)\\n    \\} \\}`, 's').exec(ACCESS)!;
  const allowed = (verb: string) => [...new RegExp(`${verb}: \\{ allow: \\[(.*?)\\] \\}`, 's').exec(block!)![1]!.matchAll(/"([^"]+)"/g)].map((match) => match[1]!);
  return { user, publish: allowed('publish'), subscribe: allowed('subscribe'), answers: /^ +allow_responses: true$/m.test(block!) };
}

interface ChartUser {
  user: string;
  password: string;
  permissions: { publish: { allow: string[] }; subscribe: { allow: string[] }; allow_responses?: boolean };
}
