import { readEnv } from '../platform/config.ts';
import { chatModelEnv, listenEnv } from '../platform/service-env.ts';

/** How the user simulator asks its model (spec: algorithm.md 1.5). */
export interface SimulatorConfig {
  /** Sampling temperature, 0 to 2. */
  temperature: number;
  /** The most tokens of one answer. */
  maxTokens: number;
}

export const SIMULATOR_DEFAULTS: SimulatorConfig = { temperature: 1, maxTokens: 1024 };

/** Settings of a simulator that runs alone; see `listenEnv` and `chatModelEnv` for the variables. */
export function readSimulatorConfig(source: Readonly<Record<string, string | undefined>>) {
  return readEnv(source, (env) => ({ ...SIMULATOR_DEFAULTS, listen: listenEnv(env, 50_051), model: chatModelEnv(env) }));
}
