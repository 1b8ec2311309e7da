import { afterAll, beforeAll, describe } from 'vitest';
import { describeBus } from '../services/platform/bus/contract-suite.ts';
import { createRunBus } from '../services/platform/nats.ts';
import type { Nats } from '../services/platform/nats.ts';
import { haveNatsServer, startNatsServer } from './support/nats-server.ts';
import type { NatsServer } from './support/nats-server.ts';

describe.skipIf(!haveNatsServer)('over JetStream', () => {
  let server: NatsServer;
  const connections: Nats[] = [];
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(async () => {
    for (const nats of connections) await nats.close();
    await server[Symbol.asyncDispose]();
  });

  // A bus of its own server account would be cleaner and slower; streams are emptied instead.
  describeBus('the bus on a NATS server', async (options) => {
    const nats = await server.connect();
    connections.push(nats);
    await nats.jsm.streams.delete('ATTUNE_EVENTS');
    const fresh = await server.connect();
    connections.push(fresh);
    return createRunBus(fresh, { runId: 'r', ...options });
  });
});
