import type { SessionClients } from '../session.ts';
import type { Gate } from './gate.ts';

/**
 * Clients whose requests wait at a gate before they are made. A request that waits here has not begun: no deadline runs, and when a place is free the
 * longest trajectory gets it, which a model endpoint's own line, first come, first served, could not know.
 */
export function gateClients(clients: SessionClients, gates: CallGates, workLeft: () => number): SessionClients {
  const { simulator, agent } = clients;
  const through = async <T>(gate: Gate, call: () => Promise<T>): Promise<T> => {
    const leave = await gate.enter(workLeft);
    try {
      return await call();
    } finally {
      leave();
    }
  };
  return {
    ...clients,
    simulator: gated(simulator, { respond: (call) => through(gates.simulator, call) }),
    agent: gated(agent, { respond: (call) => through(gates.agent, call), endSession: (call) => through(gates.agent, call) }),
  };
}

/** The client with some of its methods behind a gate. */
function gated<T extends object>(client: T, behind: Partial<Record<string, Through>>): T {
  return new Proxy(client, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      const through = typeof name === 'string' ? behind[name] : undefined;
      if (!through || typeof method !== 'function') return method;
      return (...args: unknown[]) => through(() => (method as (...given: unknown[]) => Promise<unknown>).apply(target, args));
    },
  });
}

type Through = (call: () => Promise<unknown>) => Promise<unknown>;

/** The same gate twice where both parties ask one endpoint. */
export interface CallGates {
  simulator: Gate;
  agent: Gate;
}
