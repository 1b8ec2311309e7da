import { createServer, type AddressInfo } from 'node:net';

/** A port on which nobody listened a moment ago: for servers that cannot choose one themselves, or that must come back on the same one. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
