import { VerdictStatus } from '../../../gen/attune/judge/v1/judge.ts';
import type { TaskVerdict, TurnVerdict } from '../../../gen/attune/judge/v1/judge.ts';
import { AttuneError } from '../../../platform/errors.ts';
import type { JudgedSession } from '../../records/in-order.ts';
import type { RunRecords } from '../../records/open-records.ts';
import { labelFigures, type LabelledItem } from './label-figures.ts';
import type { LabelFigures } from './model.ts';
import { readLabels, type Label } from './read-labels.ts';

/**
 * The recorded verdicts of a run against a file of labels, tasks first. A label of a session, turn or preference that the run does not have is refused with file and
 * line, since it would silently count for nothing. Throws as `readLabels` does.
 */
export async function labelRun(records: RunRecords, file: string): Promise<LabelFigures[]> {
  const labels = await readLabels(file);
  const refuse = ({ line }: Label, problem: string) => new AttuneError('invalid_argument', `${file}:${line}: ${problem}`);
  const bySession = new Map<string, Label[]>();
  for (const label of labels) {
    const key = JSON.stringify([label.method, label.userId, label.session]);
    bySession.set(key, [...(bySession.get(key) ?? []), label]);
  }
  const preferences = new Map(records.inputs.profiles.map((profile) => [profile.userId, new Set(profile.preferences.map(({ id }) => id))]));
  const items: Record<LabelFigures['kind'], LabelledItem[]> = { task: [], turns: [] };
  for await (const judged of records.inOrder()) {
    const { method, userId, session, turns } = judged.record;
    const key = JSON.stringify([method, userId, session]);
    for (const label of bySession.get(key) ?? []) {
      if (label.about) {
        const answers = turns.filter(({ agent }) => agent !== undefined).length;
        if (label.about.turn >= answers) throw refuse(label, `labels turn ${label.about.turn}, but the session has ${answers} agent turns.`);
        if (!preferences.get(userId)?.has(label.about.preference)) throw refuse(label, `labels the preference ${label.about.preference}, which ${userId} does not have.`);
      }
      items[label.about ? 'turns' : 'task'].push({ userId, truth: label.truth, verdict: verdictOn(label, judged) });
    }
    bySession.delete(key);
  }
  for (const [label] of bySession.values()) throw refuse(label!, `labels session ${label!.session} of ${label!.userId} with ${label!.method}, of which the run has no record.`);
  return (['task', 'turns'] as const).flatMap((kind) => (items[kind].length === 0 ? [] : [labelFigures(kind, items[kind])]));
}

function verdictOn({ about }: Label, { task, turns }: JudgedSession): LabelledItem['verdict'] {
  if (about === null) return task && isScored(task) ? { said: task.correct ? 'right' : 'wrong', modelSaid: task.correct ? 'right' : 'wrong', certainty: task.certainty } : null;
  const verdict = turns?.find(({ turn }) => turn === about.turn);
  if (!verdict || !isScored(verdict)) return null;
  const said = saidOf(verdict, about.preference);
  const modelSaid = verdict.ruleDisagreedIds.includes(about.preference) ? (said === 'followed' ? 'violated' : 'followed') : said;
  return { said, modelSaid, certainty: verdict.certainty };
}

/** An applicable preference that is neither followed nor violated is a split vote, which no label calls right. */
function saidOf({ followedIds, violations, applicableIds }: TurnVerdict, id: string): string {
  if (followedIds.includes(id)) return 'followed';
  if (violations.some(({ preferenceId }) => preferenceId === id)) return 'violated';
  return applicableIds.includes(id) ? 'undecided' : 'not_applicable';
}

function isScored({ status }: TaskVerdict | TurnVerdict): boolean {
  return status === VerdictStatus.SCORED;
}
