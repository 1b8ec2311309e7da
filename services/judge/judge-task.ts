import { TaskVerdict, VerdictStatus } from '../gen/attune/judge/v1/judge.ts';
import type { JudgeTaskRequest } from '../gen/attune/judge/v1/judge.ts';
import { AttuneError } from '../platform/errors.ts';
import { prompts } from './prompts.ts';
import { taskFormat } from './verdict-format.ts';
import { askModel, collectVotes, counted, keptVotes, majority, meanCertainty, whyUnread } from './voting.ts';
import type { Bench } from './voting.ts';

/**
 * Says whether the user's final draft answer agrees with the reference solution (spec: algorithm.md
 * 1.7). The model sees neither the dialogue nor the method. Votes that are split evenly leave the
 * answer unscored.
 */
export async function judgeTask({ problem, draftAnswer, seed }: JudgeTaskRequest, bench: Bench): Promise<TaskVerdict> {
  if (!problem?.task) throw new AttuneError('invalid_argument', 'Judging a task needs its problem.');
  const content = prompts.task.render({ problem: problem.task.problem, reference: problem.solution, answer: draftAnswer });
  const votes = await collectVotes(
    bench,
    seed,
    (call) => askModel(call, content, taskFormat),
    (answers) => new Set(answers.map(({ accuracy }) => accuracy)).size > 1,
  );
  const answers = counted(votes);
  const kept = keptVotes(votes, ({ accuracy, certainty }) => ({ correct: accuracy === 1, certainty }));
  if (answers.length === 0) return TaskVerdict.fromPartial({ status: VerdictStatus.UNSCORED, reason: whyUnread(votes), votes: kept });
  const certainty = meanCertainty(answers);
  const accuracy = majority(answers.map((answer) => answer.accuracy));
  if (accuracy === null) {
    return TaskVerdict.fromPartial({ status: VerdictStatus.UNSCORED, reason: `Half of the ${answers.length} votes call the answer right and half wrong.`, certainty, votes: kept });
  }
  const reasoning = answers.find((answer) => answer.accuracy === accuracy)?.reasoning ?? '';
  return TaskVerdict.fromPartial({ status: VerdictStatus.SCORED, correct: accuracy === 1, reasoning, certainty, votes: kept });
}
