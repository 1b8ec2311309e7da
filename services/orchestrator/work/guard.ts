import { AttuneError } from '../../platform/errors.ts';
import type { SessionClients } from '../session.ts';

/**
 * Clients that make no call once `isHeld` is false: a process that was frozen while its work went to another must not touch the user's memory when it wakes.
 */
export function guardClients(clients: SessionClients, isHeld: () => boolean): SessionClients {
  return { ...clients, simulator: guard(clients.simulator, isHeld), agent: guard(clients.agent, isHeld) };
}

function guard<T extends object>(client: T, isHeld: () => boolean): T {
  return new Proxy(client, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        if (!isHeld()) throw new AttuneError('cancelled', 'The trajectory is no longer ours; another runner goes on with it.');
        return (method as (...given: unknown[]) => unknown)(...args);
      };
    },
  });
}
