import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { MethodAgentDefinition } from '../../services/gen/attune/agent/v1/agent.ts';
import { AttuneError } from '../../services/platform/errors.ts';
import { createRandom } from '../../services/platform/random.ts';
import { bindService, connect, serve } from '../../services/platform/rpc.ts';
import type { RunningServer } from '../../services/platform/rpc.ts';

test('a server that is stopped and started again while many call it fails none of their calls and carries out none twice', async () => {
  const random = createRandom(3);
  let carriedOut = 0;
  const start = (port: number): Promise<RunningServer> => {
    const refuse = Object.keys(MethodAgentDefinition.methods).map((name) => [name, () => Promise.reject(new AttuneError('unimplemented', 'No.'))]);
    const describe = async () => {
      await sleep(random.int(20));
      carriedOut += 1;
      return { methods: [] };
    };
    return serve([bindService(MethodAgentDefinition, { ...Object.fromEntries(refuse), describe } as never)], { port });
  };
  let server = await start(0);
  const { port, address } = server;
  const connections = Array.from({ length: 4 }, () => connect(MethodAgentDefinition, address, { patienceMs: 30_000, repeatable: false }));
  const failures: string[] = [];
  let answered = 0;
  let isOver = false;
  const callers = Array.from({ length: 80 }, async (_, caller) => {
    while (!isOver) {
      await connections[caller % connections.length]!.client.describe({}).then(() => (answered += 1), (thrown: unknown) => failures.push(AttuneError.from(thrown).message));
    }
  });
  for (let round = 1; round <= 5; round += 1) {
    // So that each server was really called before it is stopped.
    for (const before = carriedOut; carriedOut < before + 80; ) await sleep(5);
    await server.stop();
    server = await start(port);
  }
  for (const before = carriedOut; carriedOut < before + 80; ) await sleep(5);
  isOver = true;
  await Promise.all(callers);
  for (const connection of connections) await connection.close();
  await server.stop();
  expect(failures).toEqual([]);
  expect(answered).toBe(carriedOut);
}, 60_000);
