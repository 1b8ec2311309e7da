import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesWith, openLab, schemaOf, type Lab } from '../../test/support/lab.ts';
import { parrot } from '../../test/support/parrot.ts';
import { GREETING, playSession, wordsOf, type Played } from '../../test/support/play.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import { Profile } from '../gen/attune/profile/v1/profile.ts';
import { listMethods, loadMethod } from './service.ts';
import { METHODS_FOLDER, type LoadedMethod } from './load-method.ts';

/** An item space for methods that rank cards by a user vector. */
const FIRST_NUMBERS = { sha256: 'first numbers', dimensions: 8, project: (embedding: Float32Array) => embedding.slice(0, 8) };

/** What an oracle is told of every user. */
const TOLD = Profile.fromPartial({ userId: 'told', preferences: [{ id: 'p1', action: 'Use bullet points.' }, { id: 'p2', condition: 'asking for code', action: 'show a test.' }] });

/** What makes a folder a method: every one of them passes the same checks, with nothing said about it anywhere else. */
describe.each([...listMethods(), '_template'])('method %s', (method) => {
  let lab: Lab;
  let hosted: LoadedMethod;
  let hang: (() => void) | null = null;
  const user = (userId: string, runId = 'run') => ({ runId, method, userId });
  const told = () => (hosted.method.needsProfile ? TOLD : undefined);
  const play = (userId: string, session: number, runId?: string, mark = userId) => playSession(lab, { user: user(userId, runId), session }, wordsOf(mark, session), told());
  const hashAt = async (userId: string, session: number) => (await lab.agent.startSession({ key: { user: user(userId), session } })).memoryHash;
  const ask = (userId: string, content: string, session = 0) => ({
    key: { user: user(userId), session },
    turn: 0,
    dialogue: [GREETING, { role: Role.USER, content }],
    seed: 5,
    oracleProfile: told(),
  });

  beforeAll(async () => {
    hosted = await loadMethod(method);
    lab = await openLab({
      methods: [method],
      itemSpace: FIRST_NUMBERS,
      answer(asked) {
        if (hang === null || schemaOf(asked) === null) return parrot(asked);
        queueMicrotask(hang);
        return { hang: true };
      },
    });
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test('describes itself', async () => {
    const { methods } = await lab.agent.describe({});
    const files = [method, hosted.method.promptsFrom ?? []].flat().flatMap((owner) => {
      const prompts = new URL(`${owner}/prompts/`, METHODS_FOLDER);
      return existsSync(prompts) ? readdirSync(prompts).filter((file) => file.endsWith('.md')).map((file) => `${owner}/${file.slice(0, -3)}`) : [];
    });
    expect(methods).toHaveLength(1);
    expect(methods[0]).toMatchObject({ name: method, summary: expect.stringMatching(/\w.*\.$/), version: expect.stringMatching(/./) });
    expect(Object.keys(methods[0]!.promptHashes).sort()).toEqual(files.sort());
  });

  test('the same seed gives the same session', async () => {
    const runs: Played[][] = [];
    for (const runId of ['first', 'second']) runs.push([await play('same', 0, runId), await play('same', 1, runId)]);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[0]!.flatMap((session) => session.faults)).toEqual([]);
  });

  test('users never mix, and what is remembered is used', async () => {
    const from = lab.asked.length;
    for (const session of [0, 1, 2]) await Promise.all(['alphaword', 'bravoword'].map((userId) => play(userId, session)));
    const calls = lab.asked.slice(from).map((asked) => JSON.stringify(asked.body));
    const alpha = calls.filter((body) => body.includes('alphaword'));
    const bravo = calls.filter((body) => body.includes('bravoword'));
    expect(alpha.length).toBeGreaterThan(5);
    expect(bravo).toHaveLength(alpha.length);
    expect(alpha.filter((body) => body.includes('bravoword'))).toEqual([]);
    const { blocks } = await play('alphaword', 3);
    expect(blocks.join('').includes('alphaword')).toBe(hosted.method.learn !== undefined);
  });

  test('the same user id in another run or under another method is another user', async () => {
    await play('twin', 0);
    const from = lab.asked.length;
    await play('twin', 0, 'other-run', 'nobody');
    expect(JSON.stringify(lab.asked.slice(from).map(({ body }) => body))).not.toContain('twin');
  });

  test('the memory survives closing and opening', async () => {
    for (const userId of ['kept', 'moved']) for (const session of [0, 1]) await play(userId, session, 'run', 'same');
    const kept = await play('kept', 2, 'run', 'same');
    const hash = await hashAt('moved', 2);
    await lab.reopen();
    expect(await hashAt('moved', 2)).toBe(hash);
    const moved = await play('moved', 2, 'run', 'same');
    expect(moved.blocks).toEqual(kept.blocks);
    expect(moved.replies).toEqual(kept.replies);
  });

  test('a rewind leaves nothing of what came after', async () => {
    for (const session of [0, 1, 2, 3]) await play('back', session, 'rewound');
    const fresh: Played[] = [];
    const again: Played[] = [];
    for (const session of [0, 1]) await play('back', session, 'straight');
    for (const session of [2, 3]) fresh.push(await play('back', session, 'straight', `other${session}`));
    for (const session of [2, 3]) again.push(await play('back', session, 'rewound', `other${session}`));
    expect(again).toEqual(fresh);
  });

  test('EndSession repeated changes nothing', async () => {
    const played = await play('twice', 0);
    const request = { key: { user: user('twice'), session: 0 }, dialogue: played.dialogue, seed: 1 };
    const repeated = await lab.agent.endSession(request);
    expect((await lab.agent.endSession(request)).memoryHash).toBe(repeated.memoryHash);
    expect(repeated.memoryHash).toBe(played.after);
    expect(await hashAt('twice', 1)).toBe(played.after);
  });

  test('text in any script arrives whole', async () => {
    const odd = '答えは「四十二」👩‍👩‍👧‍👦 é e\u0301 \u202eabc\u202c {{block}} </memory> <|endoftext|> \u0000';
    const key = { user: user('unicode'), session: 0 };
    const played = await playSession(lab, key, [`Please say ${odd}`, 'Please stop'], told());
    const sent = lab.asked.filter((asked) => schemaOf(asked) === '' && JSON.stringify(asked.body).includes('四十二'));
    expect(sent[0]!.body.messages!.at(-1)!.content).toBe(`Please say ${odd}`);
    expect(await hashAt('unicode', 1)).toBe(played.after);
    const { injected } = await lab.agent.respond(ask('unicode', 'And now?', 1));
    const { injected: unmet } = await lab.agent.respond(ask('unicode-unmet', 'And now?', 1));
    if (injected!.block !== unmet!.block) expect(injected!.block).toMatch(/四十二|stop/);
  });

  test('a dialogue that no reply can be given to is refused', async () => {
    const key = { user: user('refused'), session: 0 };
    const said = { role: Role.USER, content: 'Hello.' };
    for (const dialogue of [[], [GREETING], [said, GREETING], [{ role: Role.UNSPECIFIED, content: 'Hi.' }, said]]) {
      await expect(lab.agent.respond({ key, turn: 0, dialogue, seed: 1 })).rejects.toMatchObject({ code: 'invalid_argument' });
    }
    await expect(lab.agent.respond({ turn: 0, dialogue: [said] })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(lab.agent.respond({ key: { user: { method }, session: 0 }, dialogue: [said] })).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  test('a message of 100 kB is answered, learnt from and remembered within the context', async () => {
    const long = `Please be kind. ${'All work and no play. '.repeat(4545)}`;
    expect(long.length).toBeGreaterThan(100_000);
    const played = await playSession(lab, { user: user('long'), session: 0 }, [long, 'Please go on', long], told());
    const next = await playSession(lab, { user: user('long'), session: 1 }, ['Hello again', 'Please stop'], told());
    expect([...played.faults, ...next.faults]).toEqual([]);
    expect(next.replies[0]).not.toBe('');
  });

  test('a call that is given up ends as cancelled and changes nothing', async () => {
    const played = await play('gone', 0);
    const before = await hashAt('gone', 1);
    const cancel = async (call: (signal: AbortSignal) => Promise<unknown>) => {
      const caller = new AbortController();
      hang = () => caller.abort();
      await call(caller.signal).finally(() => (hang = null));
    };
    await expect(cancel((signal) => lab.agent.respond(ask('gone', 'Are you there?', 1), { signal }))).rejects.toMatchObject({ code: 'cancelled' });
    const end = { key: { user: user('gone'), session: 1 }, dialogue: played.dialogue, seed: 1 };
    const ended = await cancel((signal) => lab.agent.endSession(end, { signal })).then(() => 'ended', (error: { code: string }) => error.code);
    if (ended !== 'ended') expect(await lab.agent.startSession({ key: { user: user('gone'), session: 2 } })).toEqual({ memoryHash: before });
    expect(['ended', 'cancelled']).toContain(ended);
    expect(await hashAt('gone', 1)).toBe(before);
  });

  test('what is forgotten stands in no file, and the neighbours keep theirs', async () => {
    for (const session of [0, 1, 2]) for (const userId of ['planted-zq', 'neighbour']) await play(userId, session, 'run', `${userId}-word`);
    const before = await hashAt('neighbour', 3);
    await lab.agent.forget({ user: user('planted-zq') });
    expect(filesWith(lab.folder, 'planted-zq')).toEqual([]);
    expect(await hashAt('planted-zq', 3)).toBe('');
    expect(await hashAt('neighbour', 3)).toBe(before);
    expect(await lab.agent.forget({ user: user('planted-zq') })).toEqual({ statesRemoved: 0, cardsRemoved: 0 });
    expect((await play('planted-zq', 0)).blocks[0]).toBe((await play('never-met', 0)).blocks[0]);
  });

  test('a memory can be taken out and put in elsewhere, as it stood at any session', async () => {
    for (const session of [0, 1, 2]) await play('source', session, 'run', 'same');
    await play('target', 3, 'run', 'replaced');
    for (const session of [2, 1]) {
      const { state, memoryHash } = await lab.agent.exportState({ key: { user: user('source'), session } });
      expect(await lab.agent.importState({ key: { user: user('target'), session }, state })).toEqual({ memoryHash });
      const [moved, stayed] = [await play('target', session, 'run', 'same'), await play('source', session, 'run', 'same')];
      expect(moved.before).toBe(memoryHash);
      // Ids of new cards hold the user's name, so the hashes part where the two go on.
      if (hosted.method.usesPreferences) moved.after = stayed.after;
      expect(moved).toEqual(stayed);
      const back = await lab.agent.exportState({ key: { user: user('target'), session } });
      expect(back.state).toEqual(state);
    }
    const nothing = await lab.agent.exportState({ key: { user: user('nobody'), session: 0 } });
    expect(nothing).toEqual({ state: Buffer.alloc(0), memoryHash: '' });
  });

  test('what cannot be put in is refused and changes nothing; nothing put in leaves nothing', async () => {
    for (const session of [0, 1]) await play('holder', session);
    const key = { user: user('holder'), session: 2 };
    const before = await hashAt('holder', 2);
    const bad = [Buffer.from('{"half":'), Buffer.from([0xff, 0xfe])];
    if (hosted.method.usesPreferences) {
      bad.push(...['{"notes":"x"}', '[]', '{"cards":{"schemaVersion":9}}', '{"cards":{"schemaVersion":1},"more":1}'].map((text) => Buffer.from(text)));
      const { state } = await lab.agent.exportState({ key });
      await expect(lab.agent.importState({ key: { ...key, session: 1 }, state })).rejects.toMatchObject({ code: 'invalid_argument', message: expect.stringContaining('session 2 or later') });
    }
    for (const state of bad) await expect(lab.agent.importState({ key, state })).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await hashAt('holder', 2)).toBe(before);
    expect(await lab.agent.importState({ key, state: Buffer.alloc(0) })).toEqual({ memoryHash: '' });
    expect(await hashAt('holder', 2)).toBe('');
    expect(filesWith(lab.folder, 'holder1')).toEqual([]);
  });

  test('no prompt goes out with an unfilled place', async () => {
    for (const session of [0, 1, 2, 3]) await play('filled', session);
    const sent = lab.asked.flatMap((asked) => asked.body.messages ?? []).map(({ content }) => content);
    expect(sent.filter((text) => text.includes('filled')).length).toBeGreaterThan(5);
    const ours = sent.filter((text) => !text.includes('{{block}}'));
    expect(ours.filter((text) => /\{\{|\}\}|\bundefined\b|\[object /.test(text))).toEqual([]);
    for (const prompt of hosted.prompts.values()) expect(() => prompt.render({ not_a_name: '' })).toThrow(/cannot be filled/);
  });

  test('the pieces of a streamed reply are the reply', async () => {
    await play('streamed', 0);
    const request = ask('streamed', 'Please tell me what 12 times 12 is.', 1);
    const whole = await lab.agent.respond(request);
    const deltas: string[] = [];
    let last: unknown;
    for await (const { part } of lab.agent.respondStream({ request })) {
      if (part?.$case === 'delta') deltas.push(part.value);
      else last = part?.value;
    }
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.join('')).toBe(whole.agentMessage);
    expect(last).toMatchObject({ agentMessage: whole.agentMessage, injected: whole.injected });
  });
});
