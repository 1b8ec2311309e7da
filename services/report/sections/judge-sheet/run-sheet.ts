import { openRecords } from '../../records/open-records.ts';
import { correctedScores } from './corrected-scores.ts';
import { labelRun } from './label-run.ts';
import type { CorrectedScore, LabelFigures } from './model.ts';

/** What a file of labels says of the recorded verdicts of a run, and the scores corrected by it. Throws as `openRecords` and `readLabels` do. */
export async function labelsOfRun(dir: string, file: string): Promise<{ labels: LabelFigures[]; corrected: CorrectedScore[] }> {
  const records = await openRecords(dir);
  try {
    const labels = await labelRun(records, file);
    return { labels, corrected: await correctedScores(records, labels) };
  } finally {
    await records.close();
  }
}
