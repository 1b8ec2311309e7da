import { afterEach, describe, expect, test } from 'vitest';
import { MethodAgentDefinition } from '../../gen/attune/agent/v1/agent.ts';
import { bindService, connect, LostConnection, serve, type ConnectOptions, type RunningServer } from '../rpc.ts';
import { openCall } from './call.ts';
import { createPatience } from './patience.ts';
import { testAgent } from './test-agent.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(port: number, name: string, onCall: () => Promise<void> = async () => undefined): Promise<RunningServer> {
  const handlers = { describe: async () => (await onCall(), { methods: [{ name }] }) };
  const server = await serve([bindService(MethodAgentDefinition, testAgent(handlers))], { port });
  stops.push(() => server.stop(0));
  return server;
}

function client(address: string, options: ConnectOptions) {
  const connection = connect(MethodAgentDefinition, address, options);
  stops.push(() => connection.close());
  return { ask: async (call: { deadline?: number; signal?: AbortSignal } = {}) => (await connection.client.describe({}, call)).methods[0]!.name };
}

describe('a server that went away', () => {
  test('is waited for, and the call that was never sent is made when it is back', async () => {
    const gone = await start(0, 'gone');
    await gone.stop(0);
    const answer = client(gone.address, { patienceMs: 20_000 }).ask();
    await start(gone.port, 'back');
    expect(await answer).toBe('back');
  });

  test('fails the call at once without patience, and says that it was never sent', async () => {
    const gone = await start(0, 'gone');
    await gone.stop(0);
    const failure = await client(gone.address, {}).ask().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LostConnection);
    expect(failure).toMatchObject({ code: 'unavailable', midCall: false, message: expect.stringMatching(/^No server could be reached for /) as string });
  });

  test('is waited for in vain once; after that calls fail at once until it answers again', async () => {
    let attempts = 0;
    let away = true;
    const reach = createPatience(150, false);
    const attempt = async () => {
      attempts += 1;
      if (away) throw new LostConnection('Nobody there.', { midCall: false, cause: null });
      return 'there';
    };
    const ask = async () => {
      attempts = 0;
      const call = openCall('/test', {}, 60_000);
      try {
        return await reach(attempt, call).catch(() => 'away');
      } finally {
        call.end();
      }
    };
    expect([await ask(), attempts > 1]).toEqual(['away', true]);
    expect([await ask(), attempts]).toEqual(['away', 1]);
    away = false;
    expect([await ask(), attempts]).toEqual(['there', 1]);
    away = true;
    expect([await ask(), attempts > 1]).toEqual(['away', true]);
  });

  test('in the middle of a call fails it, unless calls may be repeated', async () => {
    for (const repeatable of [false, true]) {
      let calls = 0;
      const server = await start(0, 'first', async () => {
        if ((calls += 1) === 1) {
          void server.stop(0);
          await new Promise(() => {});
        }
      });
      const { ask } = client(server.address, { patienceMs: 20_000, repeatable });
      const answer = ask().catch((error: unknown) => error);
      while (calls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await server.stop(0);
      await start(server.port, 'second');
      if (repeatable) expect(await answer).toBe('second');
      else expect(await answer).toMatchObject({ midCall: true, message: expect.stringMatching(/^The server broke off the call of /) as string });
    }
  });

  test('is not waited for longer than the deadline or the caller', async () => {
    const gone = await start(0, 'gone');
    await gone.stop(0);
    const { ask } = client(gone.address, { patienceMs: 60_000 });
    await expect(ask({ deadline: 150 })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    const caller = new AbortController();
    const answer = ask({ signal: caller.signal });
    caller.abort();
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('behind the one that was called is told as such, to whoever asked in the first place', async () => {
    const behind = await start(0, 'behind', () => new Promise(() => void behind.stop(0)));
    const { ask } = client(behind.address, {});
    const front = await start(0, 'front', async () => void (await ask()));
    const failure = await client(front.address, {}).ask().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LostConnection);
    expect(failure).toMatchObject({ midCall: true });
  });
});
