import type { RunRecords } from '../../records/open-records.ts';
import { correctedScores } from './corrected-scores.ts';
import type { JudgeCheck, JudgeSheetSection } from './model.ts';

/** The judge sheet of a report; null when nobody checked the judge. */
export async function judgeSheetSection(records: RunRecords, check: JudgeCheck | null): Promise<JudgeSheetSection | null> {
  return check && { ...check, corrected: await correctedScores(records, check.labels) };
}

/** What the sheet says that a reader must know before the numbers, most serious first. */
export function judgeSheetWarnings(sheet: JudgeSheetSection | null, judges: readonly string[]): string[] {
  if (!sheet) return [];
  const { judge, anchors, blindness, labels } = sheet;
  const checked = `${judge.models.join('+')} (prompts ${judge.promptHash.slice(0, 12)}, reader ${judge.parserVersion})`;
  const failed = anchors?.groups.filter(({ passed }) => !passed) ?? [];
  const anchorText = failed.map(({ question, kind, right, asked }) => `${question} ${kind.replaceAll('_', ' ')} ${right} of ${asked} right`).join('; ');
  const worse = labels.filter(({ sensitivity, specificity }) => sensitivity !== null && specificity !== null && sensitivity + specificity - 1 <= 0);
  return [
    ...(judges.length > 0 && !judges.includes(checked) ? [`The judge sheet is about ${checked}, but the verdicts are those of ${judges.join('; ')}.`] : []),
    ...(failed.length > 0 ? [`The judge fails its anchors (${anchorText}); no verdict of it can be trusted. Take another judge, or mend this one and check it again with: attune judge check.`] : []),
    ...worse.map(({ kind }) => `By the labels the judge is no better than chance on ${kind === 'task' ? 'tasks' : 'preferences'}.`),
    ...(blindness && blindness.naming > 0 ? [`${blindness.naming} of ${blindness.questions} questions to the judge named the method that it judged.`] : []),
  ];
}

/** How often verdicts behind a metric flip when the judge is asked again, with the number of verdicts behind each method's value. */
export async function judgeNoiseFrom(records: RunRecords, check: JudgeCheck | null): Promise<{ metric: string; flipRate: number; verdicts: number }[]> {
  if (!check) return [];
  const [sums] = await records.sql<{ task: number; followed: number; methods: number }>(
    `SELECT count(correct) AS task, coalesce(sum(followed + violated), 0) AS followed, (SELECT count(*) FROM methods) AS methods FROM session_rows`,
  );
  return check.stability.flatMap(({ kind, flipRate }) => {
    if (flipRate === null || (kind !== 'task' && kind !== 'followed')) return [];
    return [{ metric: kind === 'task' ? 'success' : 'compliance_micro', flipRate, verdicts: Math.floor(Number(sums![kind]) / Number(sums!.methods)) }];
  });
}
