import { judgePlaces, placeOf, readInputs, ROLES, SIMULATED } from '../../orchestrator/service.ts';
import type { Experiment } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { preferenceStoreConfigOf } from '../memory.ts';
import { judgeConfigOf } from '../network.ts';
import { simulatorConfigOf } from '../simulated-user.ts';

/** What a service in a process of its own needs to be told to do as the same service inside a run does. Where its models are is its environment's business. */
export async function serviceSettings(service: string, experiment: Experiment, { log }: { log: Logger }): Promise<object> {
  switch (service) {
    case 'simulator':
      return simulatorConfigOf(experiment);
    case 'agent':
      return experiment.agent;
    case 'preference-store':
      return preferenceStoreConfigOf(experiment);
    case 'judge':
      return judgeConfigOf(experiment);
    case 'model-sim': {
      const { problems } = await readInputs(experiment, { log });
      const { latencyMs } = experiment.sim;
      return { seed: experiment.seed, models: simulatedModels(experiment), knowledge: problems, ...(latencyMs > 0 && { latency: { fixedMs: latencyMs } }) };
    }
    default:
      throw new AttuneError('invalid_argument', `--experiment gives settings to simulator, agent, preference-store, judge and model-sim; leave it out for ${service}.`);
  }
}

/** The names of the models that are simulated; none when all are real. */
export function simulatedModels(experiment: Experiment): string[] {
  const places = [...ROLES.filter((role) => role !== 'judge').map((role) => placeOf(experiment, role)), ...judgePlaces(experiment)];
  return [...new Set(places.flatMap((place) => (place?.url === SIMULATED ? [place.model] : [])))];
}
