import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parrotServer } from '../services/conformance/testing.ts';
import { MethodAgentDefinition } from '../services/gen/attune/agent/v1/agent.ts';
import { bindService, serve, type RunningServer } from '../services/platform/rpc.ts';
import { attune, sortedLines, temporaryFolder } from './support/attune.ts';

const running: RunningServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop(0);
});

/** Serves a method that breaks in its own way; more than the usual message size, so that only the run's limit counts. */
async function serveMethod(name: string, respond: (session: number, turn: number, stop: () => void) => Promise<{ agentMessage?: string }>): Promise<string> {
  const describe = async () => ({ methods: [{ name, summary: 'Breaks.', version: '1', deterministic: true }] });
  const method = parrotServer(() => ({
    describe,
    respond: ({ key, turn }) => respond(key!.session, turn, () => void server.stop(0)),
  }));
  const server = await serve([bindService(MethodAgentDefinition, method)], { maxMessageBytes: 64 * 1024 * 1024 });
  running.push(server);
  return `{ name: ${name}, target: "${server.address}" }`;
}

const answer = { agentMessage: 'The answer is 4.' };
const never = () => new Promise<never>(() => {});

test('a method of somebody else that hangs, crashes, answers nothing or too much costs its own sessions and nothing else', async () => {
  await using folder = await temporaryFolder();
  const methods = [
    'vanilla',
    await serveMethod('hangs', async (session) => (session === 1 ? never() : answer)),
    await serveMethod('crashes', async (session, _turn, stop) => {
      if (session === 1) stop();
      return session === 1 ? never() : answer;
    }),
    await serveMethod('silent', async (session) => (session === 1 ? { agentMessage: '' } : answer)),
    await serveMethod('huge', async (session) => (session === 1 ? { agentMessage: 'x'.repeat(17 * 1024 * 1024) } : answer)),
    await serveMethod('long', async (session) => (session === 1 ? { agentMessage: 'word '.repeat(200_000) } : answer)),
  ];
  const run = join(folder.path, 'run');
  const file = join(folder.path, 'outside.yaml');
  // The deadline of an rpc is six of a model's and 10 s more.
  writeFileSync(file, `seed: 3\nprofiles: { limit: 1 }\nsessions: 3\nmaxTurns: 4\nattempts: 1\nmodels: { deadlineMs: 1000 }\nservices: { patienceMs: 500 }\nmethods: [${methods.join(', ')}]\n`);
  const { code, stderr } = await attune(['run', file, '--out', run]);
  expect(code, stderr).toBe(0);

  const sessions = sortedLines(run, 'sessions.ndjson').map((line) => JSON.parse(line) as { method: string; session?: number; status: string; error?: string });
  const of = (method: string) => sessions.filter((s) => s.method === method).sort((a, b) => (a.session ?? 0) - (b.session ?? 0));
  const failed = (method: string) => of(method).map(({ status }) => status === 'SESSION_STATUS_AGENT_ERROR');
  expect(of('vanilla').map(({ error }) => error ?? '')).toEqual(['', '', '']);
  for (const method of ['hangs', 'silent', 'huge', 'long']) expect([method, ...failed(method)]).toEqual([method, false, true, false]);
  expect(failed('crashes')).toEqual([false, true, true]);
  for (const { error } of sessions.filter(({ status }) => status === 'SESSION_STATUS_AGENT_ERROR')) expect(error).toMatch(/^[A-Z][^\n]{10,300}\.$/);
  expect(of('hangs')[1]!.error).toContain('did not finish before its deadline');
  expect(of('silent')[1]!.error).toBe('The agent gave an empty reply.');
  expect(of('huge')[1]!.error).toMatch(/^The answer of .*Respond has \d+ bytes; at most 16777216 are taken\.$/);
  expect(of('long')[1]!.error).toBe('The agent gave a reply of 1000000 characters; at most 100000 are taken.');

  const ofVanilla = sortedLines(run, 'verdicts.ndjson').filter((line) => line.includes('"method":"vanilla"') && !line.includes('"probe":'));
  expect(ofVanilla.map((line) => line.includes('VERDICT_STATUS_SCORED'))).toEqual(Array.from({ length: 6 }, () => true));
  expect(stderr).toContain('6 of 18 sessions failed and count as failures');
}, 120_000);
