import { createModelSim } from '../../services/model-sim/service.ts';
import type { Problem } from '../../services/gen/attune/task/v1/task.ts';
import { createModelHub } from '../../services/platform/models/index.ts';
import type { ModelClient } from '../../services/platform/models/index.ts';

/** The simulated model server behind a real model client, for tests in which a model has to act on what it is told. */
export async function startSimulatedModel(role: string, options: { seed?: number; knowledge?: readonly Problem[] } = {}): Promise<SimulatedModel> {
  const server = createModelSim({ seed: options.seed ?? 7, knowledge: options.knowledge ?? [] });
  const { url } = await server.listen();
  const hub = createModelHub({ endpoints: { main: { baseUrl: url } }, cache: { mode: 'off' }, log: { debug: ignore, info: ignore, warn: ignore } });
  return {
    model: hub.client(role, { endpoint: 'main', model: 'attune-sim' }),
    async [Symbol.asyncDispose]() {
      await hub.close();
      await server.close();
    },
  };
}

function ignore(): void {}

interface SimulatedModel extends AsyncDisposable {
  model: ModelClient;
}
