import { askAnchors, failedAnchors } from '../judge/service.ts';
import { judgePlaces, SIMULATED } from '../orchestrator/service.ts';
import type { Experiment } from '../orchestrator/service.ts';
import { AttuneError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { anchorsOnly, readJudgeCheck, writeJudgeCheck } from '../report/service.ts';
import type { Network } from './network.ts';

/**
 * Asks the judge of a run a few anchors before it judges anything, and puts the answers beside the manifest. Gives one sentence when it may not grade; null when it
 * may. A judge that passed once is not asked again, one that failed is, at the next --resume. Simulated judges and replayed answers are not asked. A judge that
 * cannot be reached now may be reached when the first session is done, so that is no failure here.
 */
export async function refusedJudge({ experiment, dir }: { experiment: Experiment; dir: string }, { network, signal, log }: AnchorDeps): Promise<string | null> {
  const { judge, services, models, probes, seed } = experiment;
  const simulated = services.judge === undefined && judgePlaces(experiment).every(({ url }) => url === SIMULATED);
  if (judge.anchors === 'off' || simulated || models.cache === 'replay-only') return null;
  const known = await readJudgeCheck(dir);
  if (known?.anchors?.passed) return null;
  try {
    const questions = ['task', 'turns', ...(probes.rate > 0 ? ['probe' as const] : [])] as const;
    const { identity, anchors } = await askAnchors(network.judge, { seed, concurrency: AT_ONCE, signal, questions, perGroup: PER_GROUP });
    await writeJudgeCheck(dir, known ? { ...known, anchors } : anchorsOnly(identity, anchors));
    return failedAnchors(anchors);
  } catch (error) {
    const { code, message } = AttuneError.from(error);
    if (signal.aborted || !UNREACHED.has(code)) throw error;
    log.warn(`The judge could not be asked its anchors: ${message}`);
    return null;
  }
}

/** What a judge that may be back soon answers with. */
const UNREACHED: ReadonlySet<string> = new Set(['unavailable', 'deadline_exceeded', 'resource_exhausted']);
/** Enough to find a judge that always says the same or answers at random; `attune judge check` asks all. */
const PER_GROUP = 4;
const AT_ONCE = 16;

interface AnchorDeps {
  network: Pick<Network, 'judge'>;
  signal: AbortSignal;
  log: Logger;
}
