import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { openRoles } from './open-roles.ts';
import { chatAnswer, startScriptedServer } from './scripted-server.ts';

test('a service with a cache folder asks each question once, also after a restart; without one it asks again', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'attune-roles-'));
  await using server = await startScriptedServer(() => chatAnswer('yes'));
  const log = createLogger({ name: 'test', level: 'silent' });
  const ask = async (cacheDir?: string) => {
    const roles = openRoles({ judge: { url: server.baseUrl, model: 'm' } }, log, undefined, cacheDir);
    const { text } = await roles.clients.judge.complete({ messages: [{ role: 'user', content: 'Well?' }], temperature: 0, maxTokens: 16, seed: 1 });
    await roles.close();
    return text;
  };
  try {
    expect(await ask(dir)).toBe('yes');
    expect(await ask(dir)).toBe('yes');
    expect(server.asked).toHaveLength(1);
    await ask();
    expect(server.asked).toHaveLength(2);
  } finally {
    await rm(dir, { recursive: true });
  }
});
