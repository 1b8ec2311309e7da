import { canaryPrompt } from './check.ts';
import { reAsk } from './structured.ts';
import { schemaPrompt } from './structured-mode.ts';

export { checkStructured } from './check.ts';
export { eraseAnswers } from './erase-answers.ts';
export { createModelHub } from './hub.ts';
export { moneyOf } from './money.ts';
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
  ModelObserver,
  ModelPrice,
  ModelSpec,
  UsageMeter,
} from './types.ts';

/** Hashes of the prompts that structured calls may add, and of the one that looks before a run whether a model gives JSON, for the run's manifest. */
export const modelPromptHashes = (): Record<string, string> => ({ 'models/canary': canaryPrompt.hash, 'models/re-ask': reAsk.hash, 'models/schema': schemaPrompt.hash });
