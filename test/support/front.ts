import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { relay } from './relay.ts';

/** One address for servers that take turns behind it, as a Kubernetes service is: new connections go to the present one, and those that are open stay where they are. */
export async function startFront(first: string): Promise<Front> {
  let present = first;
  const open = new Set<Socket>();
  const server = createServer((incoming) => {
    const [host, port] = present.split(':');
    relay(incoming, connect(Number(port), host), open);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    turnTo(address) {
      present = address;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Front extends AsyncDisposable {
  readonly address: string;
  turnTo(address: string): void;
}
