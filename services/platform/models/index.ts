import { reAsk } from './structured.ts';
import { schemaPrompt } from './structured-mode.ts';

export { checkStructured } from './check.ts';
export { createModelHub } from './hub.ts';
export { createUsageMeter } from './usage.ts';
export type {
  CallOptions,
  CacheMode,
  ChatMessage,
  CheckResult,
  CompleteRequest,
  Completion,
  EndpointConfig,
  EndpointLoad,
  JsonCompletion,
  JsonFormat,
  ModelClient,
  ModelHub,
  ModelHubConfig,
  ModelPrice,
  ModelSpec,
  UsageMeter,
} from './types.ts';

/** Hashes of the prompts that structured calls may add, for the run's manifest. */
export const modelPromptHashes = (): Record<string, string> => ({ 'models/re-ask': reAsk.hash, 'models/schema': schemaPrompt.hash });
