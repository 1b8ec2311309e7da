import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { relay } from './relay.ts';

/** A way to a server that a test can cut: connections break, and new ones are refused until it is mended. */
export async function startTcpProxy(port: number): Promise<TcpProxy> {
  const open = new Set<Socket>();
  const accept = (client: Socket) => relay(client, connect(port, '127.0.0.1'), open);
  const listen = (at: number) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer(accept).once('error', reject);
      server.listen(at, '127.0.0.1', () => resolve(server));
    });
  let server = await listen(0);
  const at = (server.address() as AddressInfo).port;
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
  return {
    port: at,
    cut: close,
    async mend() {
      server = await listen(at);
    },
    async [Symbol.asyncDispose]() {
      if (server.listening) await close();
    },
  };
}

interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  cut(): Promise<void>;
  mend(): Promise<void>;
}
