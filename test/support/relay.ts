import type { Socket } from 'node:net';

/** Carries bytes both ways between two sockets until one of them closes; both are in `open` until then, so that whoever wants to can break the connection. */
export function relay(one: Socket, other: Socket, open: Set<Socket>): void {
  for (const [from, to] of [[one, other], [other, one]] as const) {
    open.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      open.delete(from);
      to.end();
    });
    from.pipe(to);
  }
}
