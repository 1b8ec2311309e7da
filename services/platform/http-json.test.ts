import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createJsonClient, UncertainError, type JsonClientConfig } from './http-json.ts';

const READ = { method: 'GET', path: '/things', repeatable: true } as const;
const WRITE = { method: 'POST', path: '/things', body: { a: 1 }, repeatable: false } as const;

/** A server that answers by the number of the request, and a client for it. */
async function pair(answer: (index: number, response: ServerResponse, request: IncomingMessage) => void, options: Partial<JsonClientConfig> = {}) {
  let index = 0;
  const server = createServer((request, response) => answer(index++, response, request));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createJsonClient({ name: 'the store', baseUrl, requestMs: 5_000, retries: 2, retryBaseMs: 1, ...options });
  return {
    client,
    seen: () => index,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const json = (response: ServerResponse, status: number, body: unknown) => void response.writeHead(status).end(JSON.stringify(body));

describe('a request that fails', () => {
  test('is repeated when it may be, and no more often than told', async () => {
    for (const status of [408, 429, 500, 503]) {
      await using passing = await pair((index, response) => json(response, index < 2 ? status : 200, { ok: true }));
      expect(await passing.client.request(READ)).toEqual({ status: 200, body: { ok: true } });
      expect(passing.client.counts()).toEqual({ requests: 3, retried: 2 });
      await using staying = await pair((_, response) => json(response, status, {}));
      await expect(staying.client.request(READ)).rejects.toThrow(`the store (GET /things) answered ${status}`);
      expect(staying.seen()).toBe(3);
    }
  });

  test('is repeated although it must not arrive twice only when it surely was not carried out', async () => {
    for (const [status, seen] of [[429, 3], [503, 3], [500, 1], [502, 1]] as const) {
      await using server = await pair((_, response) => json(response, status, {}));
      const thrown: unknown = await server.client.request(WRITE).catch((error: unknown) => error);
      expect([status, server.seen(), thrown instanceof UncertainError]).toEqual([status, seen, seen === 1]);
    }
    await using cut = await pair((_, __, request) => request.socket.destroy());
    await expect(cut.client.request(WRITE)).rejects.toBeInstanceOf(UncertainError);
    expect(cut.seen()).toBe(1);
  });

  test('is not repeated when the server asks for a longer wait than an answer may take', async () => {
    await using server = await pair((_, response) => void response.writeHead(429, { 'retry-after': '86400' }).end('full'));
    await expect(server.client.request(READ)).rejects.toMatchObject({ code: 'resource_exhausted', message: expect.stringContaining('asks to wait 86400 s') });
    expect(server.seen()).toBe(1);
  });

  test('is not repeated when it would fail again', async () => {
    for (const [status, code] of [[400, 'invalid_argument'], [401, 'unauthenticated'], [404, 'not_found'], [409, 'already_exists']] as const) {
      await using server = await pair((_, response) => json(response, status, { detail: 'no' }));
      await expect(server.client.request(READ)).rejects.toMatchObject({ code, message: expect.stringContaining('no') });
      expect(server.seen()).toBe(1);
      expect(await server.client.request({ ...READ, accept: [status] })).toEqual({ status, body: { detail: 'no' } });
    }
  });

  test('by silence ends after its time, and by its caller at once', async () => {
    await using silent = await pair(() => {}, { requestMs: 30, retries: 1 });
    await expect(silent.client.request(READ)).rejects.toMatchObject({ code: 'deadline_exceeded', message: 'the store (GET /things) should answer within 30 ms, found silence.' });
    expect(silent.seen()).toBe(2);
    await using left = await pair(() => caller.abort());
    const caller = new AbortController();
    await expect(left.client.request(READ, caller.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

test('a server that is not there, or that gives no JSON, is a sentence', async () => {
  const left = await pair(() => {}, { retries: 1 });
  await left[Symbol.asyncDispose]();
  const gone = left.client;
  await expect(gone.request(WRITE)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('start the server or mend its URL') });
  expect(gone.counts()).toEqual({ requests: 2, retried: 1 });
  await using page = await pair((_, response) => void response.end('<html>'));
  await expect(page.client.request(READ)).rejects.toMatchObject({ code: 'data_loss', message: expect.stringContaining('JSON') });
});

test('keys do not get into errors, and what is sent is what was given', async () => {
  let got: unknown;
  await using server = await pair((_, response, request) => {
    got = { url: request.url, key: request.headers['x-key'] };
    json(response, 400, { said: 'bad key s3cret' });
  }, { headers: { 'x-key': 's3cret' }, secrets: ['s3cret'] });
  const thrown = (await server.client.request({ ...READ, query: { a: 'b c&d' } }).catch((error: unknown) => error)) as Error;
  expect(thrown.message).toContain('[key]');
  expect(JSON.stringify(thrown.message) + String(thrown.cause)).not.toContain('s3cret');
  expect(got).toEqual({ url: '/things?a=b+c%26d', key: 's3cret' });
});

test('a key where an answer is cut leaves no part of itself in the error', async () => {
  await using server = await pair((_, response) => json(response, 400, { said: `${'x'.repeat(285)} s3cret` }), { secrets: ['s3cret'] });
  const thrown = await server.client.request(READ).catch((error: unknown) => error);
  expect(String(thrown)).toContain('x'.repeat(285));
  expect(String(thrown)).not.toContain('s3');
});
