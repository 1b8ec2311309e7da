import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRunRegistry, openWorkQueue } from '../../services/platform/nats.ts';
import { attune, ROOT, sortedLines, startAttune, temporaryFolder } from '../support/attune.ts';
import { makeCertificates } from '../support/certificates.ts';
import { openFleet, recorded } from '../support/fleet.ts';
import { haveNatsServer, startNatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';

const EXPERIMENT = 'name: guarded\nseed: 9\nmethods: [vanilla, reflection]\nprofiles: { limit: 2 }\nsessions: 3\nsim: { latencyMs: 10 }\n';

describe.skipIf(!haveNatsServer)('a NATS server with TLS and a user for each role, by deploy/nats', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: Awaited<ReturnType<typeof startNatsServer>>;
  let experiment: string;
  let ca: string;
  let config: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const access = join(folder.path, 'nats');
    cpSync(join(ROOT, 'deploy/nats'), access, { recursive: true });
    execFileSync(process.execPath, [join(access, 'make-passwords.mjs'), access]);
    const certificates = makeCertificates(folder.path);
    ({ ca } = certificates);
    // The server looks for what it includes from the folder of its own configuration, which is a neighbour of ours.
    config = `tls { cert_file: "${certificates.cert}", key_file: "${certificates.key}" }\nmax_payload: 140000\ninclude "../${basename(folder.path)}/nats/access.conf"`;
    server = await startNatsServer({ config });
    experiment = join(folder.path, 'experiment.yaml');
    writeFileSync(experiment, EXPERIMENT);
    // Whoever comes first must be one that makes the streams.
    expect(await attune(['runs', 'list', '--bus', server.url], { env: as('coordinator') })).toMatchObject({ code: 0, stderr: '' });
  }, 60_000);

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  function as(role: string): Record<string, string> {
    return { ATTUNE_BUS_USER: role, ATTUNE_BUS_PASSWORD_FILE: join(folder.path, 'nats', `${role}.password`), ATTUNE_BUS_CA: ca, ATTUNE_BUS_MAX_MIB: '512', ATTUNE_BUS_DEADLINE_MS: '10000' };
  }

  test('a run whose parts each have their own user ends with the records of one process, and the server never had to complain', async () => {
    const alone = join(folder.path, 'alone');
    expect((await attune(['run', experiment, '--out', alone])).code).toBe(0);
    await using runners = openFleet(server, as('runner'));
    await using judges = openFleet(server, as('judge'));
    const members = [await runners.start('runner'), await judges.start('judge'), await judges.start('judge')];
    const run = join(folder.path, 'run');
    const { code, stderr } = await attune(['run', experiment, '--out', run, '--bus', server.url, '--no-workers'], { env: as('coordinator') });
    expect(code, stderr).toBe(0);
    for (const file of ['sessions.ndjson', 'verdicts.ndjson'] as const) expect(sortedLines(run, file)).toEqual(sortedLines(alone, file));
    for (const { process } of members) {
      expect(process.out.stderr).toContain('Working on the run.');
      expect(process.out.stderr).not.toContain('complained');
    }
    expect(refusals()).toEqual([]);
    // The inputs were too large for a message of this server.
    await using nats = await connected('operator');
    expect((await nats.jsm.streams.info('OBJ_attune_objects')).state.last_seq).toBeGreaterThan(0);
  }, 180_000);

  test('a stand-by recorder writes what the server has while the coordinator is away, and the run then goes on', async () => {
    const run = join(folder.path, 'killed');
    const slow = join(folder.path, 'slow.yaml');
    writeFileSync(slow, EXPERIMENT.replace('latencyMs: 10', 'latencyMs: 100'));
    await using recorders = openFleet(server, as('recorder'));
    const coordinator = startAttune(['run', slow, '--out', run, '--bus', server.url, '--lease-ms', '2000', '--concurrency', '1'], { env: as('coordinator') });
    await until(() => recorded(run) >= 1, 'a session is recorded');
    const standBy = join(folder.path, 'stand-by');
    const { runId } = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8')) as { runId: string };
    await recorders.start('recorder', '--run', runId, '--out', standBy);
    coordinator.child.kill('SIGKILL');
    await coordinator.done;
    await until(() => recorded(standBy) >= recorded(run), 'the stand-by has what was recorded');
    const { code, stderr } = await attune(['run', '--resume', run, '--bus', server.url, '--lease-ms', '2000'], { env: as('coordinator') });
    expect(code, stderr).toBe(0);
    expect(recorded(run)).toBe(12);
    expect(refusals()).toEqual([]);
  }, 180_000);

  test("a judge's credentials do no other role's work, and every refusal is one sentence", async () => {
    await using judge = await connected('judge');
    const refused = { code: 'permission_denied', message: expect.stringMatching(/^[^\n]+: this user of the NATS server may not do that \(Permissions Violation for Publish to "[^"]+"\); set ATTUNE_BUS_USER [^\n]+\.\n?$/) };
    await expect(openWorkQueue(judge, 'work', { runId: 'planted', leaseMs: 1_000 }).put('0', new Uint8Array([1]))).rejects.toMatchObject(refused);
    await expect(openWorkQueue(judge, 'judging', { runId: 'planted', leaseMs: 1_000 }).purge()).rejects.toMatchObject(refused);
    await expect(openWorkQueue(judge, 'work', { runId: 'planted', leaseMs: 1_000 }).take({ concurrency: 1 }, async () => ({ done: true }))).rejects.toMatchObject(refused);
    await expect(openRunRegistry(judge).setControl('planted', { wanted: 'cancel', reason: '' })).rejects.toMatchObject(refused);
    await expect(judge.jsm.streams.delete('ATTUNE_EVENTS')).rejects.toThrow('Permissions Violation');
    expect(await attune(['run', experiment, '--out', join(folder.path, 'refused'), '--bus', server.url], { env: as('judge') })).toMatchObject({ code: 1, stderr: refused.message });
    expect(existsSync(join(folder.path, 'refused'))).toBe(false);
    expect((await judge.jsm.streams.info('ATTUNE_WORK')).state.messages).toBe(0);
  }, 120_000);

  test('a worker on a server that no coordinator has met says who must come first', async () => {
    await using fresh = await startNatsServer({ config });
    const { code, stderr } = await attune(['serve', 'judge', '--bus', fresh.url], { env: as('judge') });
    expect(stderr).toMatch(/^The NATS server at \S+ lacks streams that this user may not make \([^\n]+\); let attune run or attune runs list come first, with the credentials of a coordinator\.\n$/);
    expect(code).toBe(1);
  }, 60_000);

  test('a wrong password, and a client that does not know the authority or speaks no TLS', async () => {
    const look = (env: Record<string, string>) => attune(['runs', 'list', '--bus', server.url], { env });
    const wrong = await look({ ...as('judge'), ATTUNE_BUS_PASSWORD_FILE: '', ATTUNE_BUS_PASSWORD: 'wrong' });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/^The NATS server at \S+ refused the credentials; [^\n]+\n$/) });
    const stranger = await look({ ...as('judge'), ATTUNE_BUS_CA: '' });
    expect(stranger).toMatchObject({ code: 1, stderr: expect.stringMatching(/^The NATS server at \S+ could not be trusted over TLS \([^\n]+\); check ATTUNE_BUS_CA, [^\n]+\n$/) });
  }, 60_000);

  async function connected(role: string) {
    const nats = await server.connect(as(role));
    return Object.assign(nats, { [Symbol.asyncDispose]: () => nats.close() });
  }

  function refusals(): string[] {
    return readFileSync(join(server.folder, 'nats.conf.log'), 'utf8').split('\n').filter((line) => /violation|authorization/i.test(line));
  }
});
