import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startProduct } from '../../../../test/support/product-stand-ins/index.ts';
import { startFaultProxy } from './fault-proxy.ts';

test('a request that is given up in its middle ends nothing but itself', async () => {
  await using mem0 = await startProduct('mem0');
  const proxy = await startFaultProxy(new URL(mem0.url));
  try {
    const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST /memories HTTP/1.1\r\nhost: h\r\ncontent-length: 100\r\n\r\n{"half":');
    while (proxy.requests === 0) await sleep(5);
    socket.destroy();
    await once(socket, 'close');
    await sleep(50); // a rejection that nobody handles would fail the test now
    expect((await fetch(`${proxy.url}/memories?user_id=u`)).status).toBe(401); // what the product says to who has no key
  } finally {
    await proxy.close();
  }
});
