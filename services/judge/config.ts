import { readEnv } from '../platform/config.ts';
import { chatModelEnv, listenEnv } from '../platform/service-env.ts';

/** How the judge asks its model (spec: algorithm.md 1.5). */
export interface JudgeConfig {
  /** Sampling temperature, 0 to 2. */
  temperature: number;
  /** The most tokens of a task verdict, and of the verdict on one agent turn. */
  maxTokens: number;
}

export const JUDGE_DEFAULTS: JudgeConfig = { temperature: 0, maxTokens: 1024 };

/** Settings of a judge that runs alone; see `listenEnv` and `chatModelEnv` for the variables. */
export function readJudgeConfig(source: Readonly<Record<string, string | undefined>>) {
  return readEnv(source, (env) => ({ ...JUDGE_DEFAULTS, listen: listenEnv(env, 50_054), model: chatModelEnv(env) }));
}
