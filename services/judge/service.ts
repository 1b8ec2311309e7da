import { JudgeDefinition } from '../gen/attune/judge/v1/judge.ts';
import type { JudgeIdentity, JudgeServiceImplementation } from '../gen/attune/judge/v1/judge.ts';
import { AttuneError } from '../platform/errors.ts';
import { createUsageMeter } from '../platform/models/index.ts';
import type { ModelClient } from '../platform/models/index.ts';
import { hashHex } from '../platform/random.ts';
import type { JudgeConfig } from './config.ts';
import { judgeSession, judgeTurn, preferencePrompts } from './judge-preferences.ts';
import { judgeTask, taskPrompt } from './judge-task.ts';
import { PARSER_VERSION } from './verdict-format.ts';

export { JudgeDefinition };

/** Makes the judge. It holds no state and never learns which method wrote a dialogue. */
export function createJudge(config: JudgeConfig, deps: { model: ModelClient }): JudgeServiceImplementation {
  const { model } = deps;
  const judge = identityOf(model.model);
  return {
    async judgeSession(request, { signal }) {
      const meter = createUsageMeter();
      const turns = await judgeSession(request, config, model, { signal, meter });
      return { turns, judge, usage: meter.list() };
    },
    async judgeTurn(request, { signal }) {
      const meter = createUsageMeter();
      const verdict = await judgeTurn(request, config, model, { signal, meter });
      return { verdict, judge, usage: meter.list() };
    },
    async judgeTask(request, { signal }) {
      const meter = createUsageMeter();
      const verdict = await judgeTask(request, config, model, { signal, meter });
      return { verdict, judge, usage: meter.list() };
    },
    judgeProbe: () => refuse('JudgeProbe'),
    comparePair: () => refuse('ComparePair'),
  };
}

/** Hashes of the judge's prompts by name, for the run's manifest. */
export function judgePromptHashes(): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ task: taskPrompt, ...preferencePrompts }).map(([name, prompt]) => [`judge/${name}`, prompt.hash]),
  );
}

function identityOf(model: string): JudgeIdentity {
  const hashes = Object.entries(judgePromptHashes()).map(([name, hash]) => `${name}=${hash}`);
  return { model, promptHash: hashHex(hashes.sort().join('\n')), parserVersion: PARSER_VERSION, panel: [], mode: 'session', votes: 1 };
}

async function refuse(rpc: string): Promise<never> {
  throw new AttuneError('unimplemented', `This judge does not offer ${rpc}; it offers JudgeSession, JudgeTurn and JudgeTask.`);
}
