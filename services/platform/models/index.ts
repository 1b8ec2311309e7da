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
