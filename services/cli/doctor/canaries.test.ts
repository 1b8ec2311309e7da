import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { checkPooling } from './canaries.ts';

test.each([['at its start', ''], ['where it is cut', 'x'.repeat(150)]])('an endpoint that refuses the key and repeats it, %s, does not get it into the sentence', async (_, before) => {
  const server = createServer((request, response) => void response.writeHead(401).end(`${before} refused: ${request.headers.authorization}`));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const thrown = await checkPooling(url, 'm', 'sk-very-secret', new AbortController().signal).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('set the API key') });
    expect(String(thrown)).not.toContain('sk-');
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
