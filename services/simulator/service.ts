import { UserSimulatorDefinition } from '../gen/attune/simulator/v1/simulator.ts';
import type { UserSimulatorServiceImplementation } from '../gen/attune/simulator/v1/simulator.ts';
import type { ModelClient } from '../platform/models/index.ts';
import type { SimulatorConfig } from './config.ts';
import { respond, simulatorPrompts } from './respond.ts';

export { UserSimulatorDefinition };

/** Makes the simulated user. It holds no state: any replica can play any turn. */
export function createSimulator(
  config: SimulatorConfig,
  deps: { model: ModelClient },
): UserSimulatorServiceImplementation {
  return {
    respond: (request, context) => respond(request, config, deps.model, context.signal),
  };
}

/** Hashes of the simulator's prompts by name, for the run's manifest. */
export function simulatorPromptHashes(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(simulatorPrompts).map(([name, prompt]) => [`simulator/${name}`, prompt.hash]),
  );
}
