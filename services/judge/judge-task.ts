import { TaskVerdict, VerdictStatus } from '../gen/attune/judge/v1/judge.ts';
import type { JudgeTaskRequest } from '../gen/attune/judge/v1/judge.ts';
import { AttuneError } from '../platform/errors.ts';
import type { CallOptions, ModelClient } from '../platform/models/index.ts';
import { loadPrompt } from '../platform/prompts.ts';
import type { JudgeConfig } from './config.ts';
import { unlessUnreadable } from './judge-preferences.ts';
import { taskVerdictSchema } from './verdict-format.ts';

/**
 * Says whether the user's final draft answer agrees with the reference solution (spec: algorithm.md
 * 1.7). The model sees neither the dialogue nor the method.
 */
export async function judgeTask(
  request: JudgeTaskRequest,
  config: JudgeConfig,
  model: ModelClient,
  options: CallOptions,
): Promise<TaskVerdict> {
  if (!request.problem?.task) throw new AttuneError('invalid_argument', 'Judging a task needs its problem.');
  const content = taskPrompt.render({
    problem: request.problem.task.problem,
    reference: request.problem.solution,
    answer: request.draftAnswer,
  });
  const asked = await unlessUnreadable(
    model.completeJson(
      { messages: [{ role: 'user', content }], temperature: config.temperature, maxTokens: config.maxTokens, seed: request.seed },
      { name: 'task_verdict', schema: taskVerdictSchema },
      options,
    ),
  );
  if ('reason' in asked) return TaskVerdict.fromPartial({ status: VerdictStatus.UNSCORED, reason: asked.reason });
  return TaskVerdict.fromPartial({
    status: VerdictStatus.SCORED,
    correct: asked.value.accuracy === 1,
    reasoning: asked.value.reasoning,
  });
}

export const taskPrompt = loadPrompt(new URL('./prompts/task.md', import.meta.url));
