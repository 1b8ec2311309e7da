import { loadMethod } from '../../agent/service.ts';
import type { Experiment } from '../../orchestrator/service.ts';
import type { Logger } from '../../platform/log.ts';
import { itemSpaceOf } from '../memory.ts';
import { openModels } from '../models.ts';

/** The item space of the experiment's own methods, fitted as a run in one process fits it; null when none of them needs one. */
export async function itemSpaceFor(experiment: Experiment, { stateDir, simUrl, secrets, log }: ItemSpaceDeps): Promise<string | null> {
  const own = experiment.methods.filter((method) => typeof method === 'string');
  const hosted = await Promise.all(own.map((name) => loadMethod(name)));
  const models = await openModels(experiment, { knowledge: [], secrets, log, ...(simUrl !== undefined && { simUrl }) });
  try {
    return await itemSpaceOf(experiment, hosted.some(({ method }) => method.usesVectors), stateDir, models.clientOf('embedding'));
  } finally {
    await models.close();
  }
}

interface ItemSpaceDeps {
  stateDir: string;
  /** Where the simulated models are, when some are. */
  simUrl: string | undefined;
  secrets: Readonly<Record<string, string | undefined>>;
  log: Logger;
}
