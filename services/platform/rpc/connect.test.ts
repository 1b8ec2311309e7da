import { getEventListeners, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Metadata } from 'nice-grpc';
import { describe, expect, test } from 'vitest';
import { MethodAgentDefinition, type MethodAgentClient, type MethodAgentServiceImplementation } from '../../gen/attune/agent/v1/agent.ts';
import { AttuneError, ERROR_CODES } from '../errors.ts';
import { bindService, connect, serve, type ConnectOptions, type DeadlineOptions } from '../rpc.ts';
import { bothWays, testAgent, type Agent, type AgentClient } from './test-agent.ts';

const RESPOND = '/attune.agent.v1.MethodAgent/Respond';
const STREAM = '/attune.agent.v1.MethodAgent/RespondStream';

interface Case {
  name: string;
  handlers: () => Partial<Agent>;
  call: (client: AgentClient) => Promise<unknown>;
  expected: { value?: unknown; error?: { code: string; message: string } };
  options?: ConnectOptions;
}

const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const cases: Case[] = [
  {
    name: 'a call and its answer',
    handlers: () => ({ respond: async (request) => ({ agentMessage: `turn ${request.turn}, seed ${request.seed}` }) }),
    call: async (client) => (await client.respond({ turn: 3, seed: 7 })).agentMessage,
    expected: { value: 'turn 3, seed 7' },
  },
  {
    name: 'missing fields of request and response are filled',
    handlers: () => ({
      respond: async (request) => ({ agentMessage: JSON.stringify([request.turn, request.dialogue, request.key === undefined]), injected: { tokens: 4 } }),
    }),
    call: (client) => client.respond({}),
    expected: {
      value: {
        agentMessage: '[0,[],true]',
        injected: { block: '', cardIds: [], tokens: 4, droppedMessages: 0 },
        extracted: [],
        retrieval: undefined,
        faults: [],
        stored: [],
        usage: [],
      },
    },
  },
  {
    name: 'bytes',
    handlers: () => ({ importState: async ({ state }) => ({ memoryHash: Buffer.from(state).toString('hex') }), exportState: async () => ({ state: new Uint8Array([0, 255, 128]) }) }),
    call: async (client) => {
      const { memoryHash } = await client.importState({ state: new Uint8Array([1, 0, 254]) });
      const { state } = await client.exportState({});
      return [memoryHash, [...state], Buffer.isBuffer(state)];
    },
    expected: { value: ['0100fe', [0, 255, 128], true] },
  },
  {
    name: 'half a surrogate pair becomes the replacement character',
    handlers: () => ({ respond: async ({ dialogue }) => ({ agentMessage: dialogue[0]!.content }) }),
    call: async (client) => (await client.respond({ dialogue: [{ content: 'cut \ud83d' }] })).agentMessage,
    expected: { value: 'cut \ufffd' },
  },
  {
    name: 'metadata',
    handlers: () => ({
      respond: async (_, context) => {
        context.header.set('x-header', 'h');
        context.trailer.set('x-trailer', 't');
        return { agentMessage: `${context.metadata.get('x-user') ?? 'none'} ${context.metadata.has('grpc-timeout')}` };
      },
    }),
    call: async (client) => {
      const seen: unknown[] = [];
      const { agentMessage } = await client.respond(
        {},
        { metadata: Metadata({ 'x-user': 'u1' }), onHeader: (header) => seen.push(header.get('x-header')), onTrailer: (trailer) => seen.push(trailer.get('x-trailer')) },
      );
      return [agentMessage, ...seen];
    },
    expected: { value: ['u1 false', 'h', 't'] },
  },
  ...ERROR_CODES.map((code): Case => {
    const message = `A sentence about ${code}: 100% “quoted”,\n%41 two lines.`;
    return {
      name: `an error with code ${code}`,
      handlers: () => ({
        respond: async () => {
          throw new AttuneError(code, message);
        },
      }),
      call: (client) => client.respond({}),
      expected: { error: { code, message } },
    };
  }),
  {
    name: 'an unexpected error',
    handlers: () => ({
      respond: async () => {
        throw new TypeError('x is undefined');
      },
    }),
    call: (client) => client.respond({}),
    expected: { error: { code: 'internal', message: 'x is undefined' } },
  },
  {
    name: 'a handler that returns nothing',
    handlers: () => ({ respond: async () => undefined as never }),
    call: (client) => client.respond({}),
    expected: { error: { code: 'internal', message: `The handler of ${RESPOND} should return a message, found undefined.` } },
  },
  {
    name: 'a very long error text is cut',
    handlers: () => ({
      respond: async () => {
        throw new AttuneError('not_found', 'é'.repeat(50_000));
      },
    }),
    call: (client) => client.respond({}),
    expected: { error: { code: 'not_found', message: `${'é'.repeat(4095)}…` } },
  },
  {
    name: 'a request that its fields cannot hold',
    handlers: () => ({}),
    call: (client) => client.respond({ turn: -1 }),
    expected: { error: { code: 'invalid_argument', message: `A message of ${RESPOND} does not fit its definition: invalid uint32: -1.` } },
  },
  {
    name: 'a response that its fields cannot hold',
    handlers: () => ({ respond: async () => ({ injected: { tokens: -1 } }) }),
    call: (client) => client.respond({}),
    expected: { error: { code: 'internal', message: `A message of ${RESPOND} does not fit its definition: invalid uint32: -1.` } },
  },
  {
    name: 'a deadline',
    handlers: () => ({ respond: (_, context) => never(context.signal) }),
    call: (client) => client.respond({}, { deadline: 30 }),
    expected: { error: { code: 'deadline_exceeded', message: `The call of ${RESPOND} did not finish before its deadline.` } },
  },
  {
    name: 'the default deadline, with a handler that ignores its signal',
    handlers: () => ({ respond: () => new Promise(() => {}) }),
    call: (client) => client.respond({}),
    options: { deadlineMs: 30 },
    expected: { error: { code: 'deadline_exceeded', message: `The call of ${RESPOND} did not finish before its deadline.` } },
  },
  {
    name: 'a deadline that has passed',
    handlers: () => ({ respond: async () => ({}) }),
    call: (client) => client.respond({}, { deadline: new Date(0) }),
    expected: { error: { code: 'deadline_exceeded', message: `The call of ${RESPOND} did not finish before its deadline.` } },
  },
  {
    name: 'a call cancelled before it starts',
    handlers: () => ({ respond: async () => ({}) }),
    call: (client) => client.respond({}, { signal: AbortSignal.abort() }),
    expected: { error: { code: 'cancelled', message: `The call of ${RESPOND} was cancelled.` } },
  },
  {
    name: 'a request above the limit',
    handlers: () => ({ importState: async () => ({}) }),
    call: (client) => client.importState({ state: new Uint8Array(5_000) }),
    options: { maxMessageBytes: 1_000 },
    expected: { error: { code: 'resource_exhausted', message: 'A message of /attune.agent.v1.MethodAgent/ImportState has 5003 bytes; at most 1000 are allowed.' } },
  },
  {
    name: 'a response above the limit',
    handlers: () => ({ exportState: async () => ({ state: new Uint8Array(5_000) }) }),
    call: (client) => client.exportState({}),
    options: { maxMessageBytes: 1_000 },
    expected: { error: { code: 'resource_exhausted', message: 'A message of /attune.agent.v1.MethodAgent/ExportState has 5003 bytes; at most 1000 are allowed.' } },
  },
  {
    name: 'a stream',
    handlers: () => ({
      async *respondStream({ request }) {
        for (const delta of ['a', 'b', String(request?.turn)]) yield { part: { $case: 'delta', value: delta } };
        yield { part: { $case: 'response', value: { agentMessage: 'ab' } } };
      },
    }),
    call: async (client) => (await collect(client.respondStream({ request: { turn: 9 } }))).map(({ part }) => (part?.$case === 'delta' ? part.value : part?.value.agentMessage)),
    expected: { value: ['a', 'b', '9', 'ab'] },
  },
  {
    name: 'an empty stream',
    handlers: () => ({ async *respondStream() {} }),
    call: (client) => collect(client.respondStream({})),
    expected: { value: [] },
  },
  {
    name: 'a stream that fails midway',
    handlers: () => ({
      async *respondStream() {
        yield { part: { $case: 'delta', value: 'a' } };
        throw new AttuneError('unavailable', 'The model went away.');
      },
    }),
    call: (client) => collect(client.respondStream({})),
    expected: { error: { code: 'unavailable', message: 'The model went away.' } },
  },
  {
    name: 'a stream that outlives its deadline',
    handlers: () => ({
      async *respondStream(_, context) {
        yield { part: { $case: 'delta', value: 'a' } };
        await never(context.signal);
      },
    }),
    call: (client) => collect(client.respondStream({}, { deadline: 50 })),
    expected: { error: { code: 'deadline_exceeded', message: `The call of ${STREAM} did not finish before its deadline.` } },
  },
];

describe('direct calls and calls over gRPC have the same outcome', () => {
  test.each(cases)('$name', async ({ handlers, call, expected, options }) => {
    const { direct, wire } = await bothWays(handlers, call, options);
    expect({ value: direct.value, error: direct.error }).toEqual({ value: undefined, error: undefined, ...expected });
    expect({ value: wire.value, error: wire.error }).toEqual({ value: direct.value, error: direct.error });
  });

  test('cancelling a running call aborts the handler', async () => {
    const caller: AbortController[] = [];
    let stopped = 0;
    const { direct, wire } = await bothWays(
      () => ({
        async respond(_, context) {
          queueMicrotask(() => caller.at(-1)!.abort());
          await never(context.signal).catch(() => (stopped += 1));
          return {};
        },
      }),
      async (client) => {
        caller.push(new AbortController());
        await client.respond({}, { signal: caller.at(-1)!.signal });
      },
    );
    expect(direct.error).toEqual({ code: 'cancelled', message: `The call of ${RESPOND} was cancelled.` });
    expect(wire.error).toEqual(direct.error);
    expect(stopped).toBe(2);
  });

  test('cancelling in the middle of a stream ends the handler', async () => {
    const ended: (() => void)[] = [];
    const { direct, wire } = await bothWays(
      () => ({
        async *respondStream(_, context) {
          try {
            yield { part: { $case: 'delta', value: 'a' } };
            await never(context.signal);
          } finally {
            ended.at(-1)!();
          }
        },
      }),
      async (client) => {
        const done = new Promise<void>((resolve) => ended.push(resolve));
        const caller = new AbortController();
        try {
          for await (const _ of client.respondStream({}, { signal: caller.signal })) caller.abort(_);
        } finally {
          await done;
        }
      },
    );
    expect(direct.error).toEqual({ code: 'cancelled', message: `The call of ${STREAM} was cancelled.` });
    expect(wire.error).toEqual(direct.error);
  });

  test('leaving a stream stops an endless handler that ignores its signal', async () => {
    const ended: (() => void)[] = [];
    const { direct, wire } = await bothWays(
      () => ({
        async *respondStream() {
          try {
            while (true) {
              await new Promise((resolve) => setImmediate(resolve));
              yield { part: { $case: 'delta', value: 'a' } };
            }
          } finally {
            ended.at(-1)!();
          }
        },
      }),
      async (client) => {
        const done = new Promise<void>((resolve) => ended.push(resolve));
        for await (const { part } of client.respondStream({})) {
          if (part?.$case === 'delta') break;
        }
        await done;
        return 'left';
      },
    );
    expect(direct.value).toBe('left');
    expect(wire.value).toBe('left');
  });

  test('leaving a stream aborts the signal that the handler was given', async () => {
    const told: (() => void)[] = [];
    const { direct, wire } = await bothWays(
      () => ({
        async *respondStream(_, context) {
          context.signal.addEventListener('abort', told.at(-1)!);
          yield { part: { $case: 'delta', value: 'a' } };
          yield { part: { $case: 'delta', value: 'b' } };
          await never(context.signal);
        },
      }),
      async (client) => {
        const aborted = new Promise<void>((resolve) => told.push(resolve));
        for await (const { part } of client.respondStream({})) {
          if (part?.$case === 'delta') break;
        }
        await aborted;
        return 'left';
      },
    );
    expect([direct.value, wire.value]).toEqual(['left', 'left']);
  });

  test('only unexpected errors are logged, with their stack', async () => {
    const { direct, wire } = await bothWays(
      () => ({
        respond: async ({ turn }) => {
          throw turn === 0 ? new AttuneError('not_found', 'expected') : new TypeError('bug');
        },
      }),
      async (client) => {
        await client.respond({ turn: 0 }).catch(() => undefined);
        await client.respond({ turn: 1 }).catch(() => undefined);
      },
    );
    for (const { lines } of [direct, wire]) {
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatchObject({ level: 'error', rpc: RESPOND, msg: 'bug', err: { type: 'TypeError', stack: expect.stringContaining('connect.test.ts') as string } });
    }
  });

  test('caller and handler share no object', async () => {
    const kept: { state?: Uint8Array } = {};
    const { direct } = await bothWays(
      () => ({
        importState: async ({ state }) => {
          state.fill(7);
          return {};
        },
        exportState: async () => (kept.state ? { state: kept.state } : { state: (kept.state = new Uint8Array([1])) }),
      }),
      async (client) => {
        const sent = new Uint8Array([1, 2]);
        await client.importState({ state: sent });
        (await client.exportState({})).state.fill(9);
        return [...sent, ...(await client.exportState({})).state];
      },
    );
    expect(direct.value).toEqual([1, 2, 1]);
  });
});

describe('connect', () => {
  test('a thousand calls leave no listener on a long-lived signal', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', onWarning);
    const { signal } = new AbortController();
    const { client } = connect(MethodAgentDefinition, testAgent({ respond: async () => ({}) }));
    for (let batch = 0; batch < 10; batch += 1) await Promise.all(Array.from({ length: 100 }, () => client.respond({}, { signal })));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('the deadline travels to the server', async () => {
    const timeouts: unknown[] = [];
    const server = createServer().listen(0, '127.0.0.1');
    server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      timeouts.push(headers['grpc-timeout']);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' }, { endStream: true });
    });
    await once(server, 'listening');
    const { client, close } = connect(MethodAgentDefinition, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    await expect(client.describe({}, { deadline: 54_321 })).rejects.toMatchObject({ code: 'unimplemented' });
    expect(timeouts).toEqual(['54321m']);
    await close();
    server.close();
  });

  test('nobody listens', async () => {
    const { client, close } = connect(MethodAgentDefinition, '127.0.0.1:1');
    await expect(client.describe({})).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/^No server could be reached for .*ECONNREFUSED/s) as string });
    await close();
  });

  test('a server with a smaller limit than the client', async () => {
    const server = await serve([bindService(MethodAgentDefinition, testAgent({ importState: async () => ({}) }))], { maxMessageBytes: 100 });
    const { client, close } = connect(MethodAgentDefinition, server.address);
    await expect(client.importState({ state: new Uint8Array(200) })).rejects.toMatchObject({ code: 'resource_exhausted' });
    await close();
    await server.stop();
  });

  test('a server with a larger limit than the client', async () => {
    const server = await serve([bindService(MethodAgentDefinition, testAgent({ exportState: async () => ({ state: new Uint8Array(5_000) }) }))]);
    const { client, close } = connect(MethodAgentDefinition, server.address, { maxMessageBytes: 1_000 });
    const message = 'The answer of /attune.agent.v1.MethodAgent/ExportState has 5003 bytes; at most 1000 are taken.';
    await expect(client.exportState({})).rejects.toMatchObject({ code: 'resource_exhausted', message });
    await close();
    await server.stop();
  });

  test('a server that goes away in the middle of a call', async () => {
    const server = await serve([
      bindService(MethodAgentDefinition, testAgent({
        respond: async () => {
          void server.stop(0);
          return new Promise(() => {});
        },
      })),
    ]);
    const { client, close } = connect(MethodAgentDefinition, server.address);
    await expect(client.respond({})).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/^The server broke off the call of .*Respond \(.*\)\.$/) as string });
    await close();
  });

  test.each([['', 'example', 'host:port:port x']])('the address %j is refused', (address) => {
    expect(() => connect(MethodAgentDefinition, address)).toThrow('should look like host:port');
  });

  test('an implementation without all methods is refused', () => {
    expect(() => connect(MethodAgentDefinition, { describe: async () => ({}) } as never)).toThrow('missing: startSession, respond,');
  });

  test('the generated types fit, and a closed connection refuses calls', async () => {
    const implementation = testAgent({}) as MethodAgentServiceImplementation;
    const { client, close } = connect(MethodAgentDefinition, implementation);
    const generated: MethodAgentClient<DeadlineOptions> = client;
    await close();
    await expect(generated.describe({})).rejects.toMatchObject({ code: 'failed_precondition' });
  });

  test('a deadline that is no number is refused', async () => {
    const { client } = connect(MethodAgentDefinition, testAgent({}));
    await expect(client.describe({}, { deadline: Number.NaN })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});
