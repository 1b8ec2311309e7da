import { JudgeDefinition } from '../gen/attune/judge/v1/judge.ts';
import type { JudgeIdentity, JudgeServiceImplementation } from '../gen/attune/judge/v1/judge.ts';
import type { ModelUsage } from '../gen/attune/conversation/v1/conversation.ts';
import { createUsageMeter } from '../platform/models/index.ts';
import type { ModelClient } from '../platform/models/index.ts';
import { comparePair } from './compare-pair.ts';
import type { JudgeConfig } from './config.ts';
import { checkVoting, identityOf } from './identity.ts';
import { judgeSession, judgeTurn } from './judge-preferences.ts';
import { judgeProbe } from './judge-probe.ts';
import { judgeTask } from './judge-task.ts';
import type { Bench } from './voting.ts';

export { JudgeDefinition };
export { judgePromptHashes } from './identity.ts';
export { askAnchors, failedAnchors } from './check/ask-anchors.ts';
export type { AnchorResult } from './check/ask-anchors.ts';
export { exampleSessions } from './check/example-sessions.ts';
export { observeJudge } from './check/observe-judge.ts';
export type { CheckedSession } from './check/observations.ts';

/**
 * Makes the judge of one model or of a panel that votes. It holds no state and never learns which method wrote a dialogue. Throws
 * `invalid_argument` for numbers of votes that cannot be meant.
 */
export function createJudge(config: JudgeConfig, { panel }: { panel: readonly ModelClient[] }): JudgeServiceImplementation {
  checkVoting(config, panel.length);
  const models = panel.map(({ model }) => model);
  const identities = { session: identityOf(config, models, config.mode), turn: identityOf(config, models, 'turn'), other: identityOf(config, models, '') };

  async function judge<T extends object>(identity: JudgeIdentity, signal: AbortSignal, judgement: (bench: Bench) => Promise<T>): Promise<T & { judge: JudgeIdentity; usage: ModelUsage[] }> {
    const meter = createUsageMeter();
    const answer = await judgement({ config, panel, options: { signal, meter } });
    return { ...answer, judge: identity, usage: meter.list() };
  }

  return {
    judgeSession: (request, { signal }) => judge(identities.session, signal, async (bench) => ({ turns: await judgeSession(request, bench) })),
    judgeTurn: (request, { signal }) => judge(identities.turn, signal, async (bench) => ({ verdict: await judgeTurn(request, bench) })),
    judgeTask: (request, { signal }) => judge(identities.other, signal, async (bench) => ({ verdict: await judgeTask(request, bench) })),
    judgeProbe: (request, { signal }) => judge(identities.other, signal, async (bench) => ({ verdict: await judgeProbe(request, bench) })),
    comparePair: (request, { signal }) => judge(identities.other, signal, (bench) => comparePair(request, bench)),
  };
}
