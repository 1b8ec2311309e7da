import { JudgeDefinition } from '../../gen/attune/judge/v1/judge.ts';
import type { JudgeClient } from '../../gen/attune/judge/v1/judge.ts';
import { createJudge } from '../../judge/service.ts';
import { SIMULATED } from '../../orchestrator/service.ts';
import type { Experiment } from '../../orchestrator/service.ts';
import type { Logger } from '../../platform/log.ts';
import type { ModelObserver } from '../../platform/models/index.ts';
import { connect } from '../../platform/rpc.ts';
import type { RunInputs } from '../../report/service.ts';
import { credentialsFor } from '../credentials.ts';
import { openModels } from '../models.ts';
import { judgeConfigOf } from '../network.ts';
import type { RunSpec } from './run-spec.ts';

/**
 * The judge of a replica: the one that the experiment names, or one of its own with the run's settings. Its models are the run's, whose keys are read from this
 * process's environment; `modelUrl` puts another endpoint with the same model in their place, such as the one on this machine.
 */
export async function openJudge(spec: RunSpec, experiment: Experiment, inputs: RunInputs, deps: OpenJudgeDeps): Promise<{ judge: JudgeClient<{ signal?: AbortSignal }>; close(): Promise<void> }> {
  const { deadlineMs, services, simUrl } = spec;
  if (services.judge !== null) {
    const { client, close } = connect(JudgeDefinition, services.judge, { ...credentialsFor(experiment, deps.secrets).service(services.judge), deadlineMs, patienceMs: experiment.services.patienceMs, repeatable: true });
    return { judge: client, close };
  }
  const models = await openModels(withJudgeAt(experiment, deps.modelUrl), {
    knowledge: inputs.problems,
    secrets: deps.secrets,
    log: deps.log,
    observer: deps.observer,
    ...(simUrl !== null && { simUrl }),
  });
  const { client } = connect(JudgeDefinition, createJudge(judgeConfigOf(experiment), { panel: models.judges }), { deadlineMs, log: deps.log });
  return { judge: client, close: () => models.close() };
}

function withJudgeAt(experiment: Experiment, url: string | undefined): Experiment {
  const { models, judge } = experiment;
  if (url === undefined || (models.roles.judge?.url ?? models.url) === SIMULATED || judge.panel.length > 0) return experiment;
  const place = models.roles.judge ?? { url: models.url, model: models.model, apiKeyEnv: models.apiKeyEnv };
  return { ...experiment, models: { ...models, roles: { ...models.roles, judge: { ...place, url } } } };
}

export interface OpenJudgeDeps {
  /** API keys by the name of their environment variable. */
  secrets: Readonly<Record<string, string | undefined>>;
  log: Logger;
  modelUrl?: string | undefined;
  /** Told of every model call. */
  observer?: ModelObserver | undefined;
}
