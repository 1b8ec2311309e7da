import type { SessionRecord } from '../gen/attune/record/v1/record.ts';
import type { JudgeInputs } from '../orchestrator/service.ts';
import { AttuneError } from '../platform/errors.ts';
import type { RunInputs } from '../report/service.ts';

/** Finds what a judge needs beside a record. */
export function judgeInputsOf(inputs: RunInputs): JudgeInputs {
  const profiles = new Map(inputs.profiles.map((p) => [p.userId, p]));
  const problems = new Map(inputs.problems.map((p) => [`${p.task?.dataset}/${p.task?.problemId}`, p]));
  const found = <T>(value: T | undefined, what: string): T => {
    if (value) return value;
    throw new AttuneError('data_loss', `${what} stands in a session record but not in inputs.json.`);
  };
  return {
    profileOf: (record: SessionRecord) => found(profiles.get(record.userId), `The user ${record.userId}`),
    problemOf: (record: SessionRecord) => found(problems.get(`${record.dataset}/${record.problemId}`), `The problem ${record.problemId}`),
  };
}
