import { wilsonInterval } from '../../../platform/intervals.ts';
import { calibration } from '../../statistics/calibration.ts';
import { cohenKappa } from '../../statistics/cohen-kappa.ts';
import { intervalByUser, mean } from './by-user.ts';
import type { LabelFigures } from './model.ts';

/**
 * How well verdicts agree with labels. Sensitivity and specificity are those that a score is corrected with: of turns, over preferences that both call applicable;
 * calibration is of what the model itself said, where rule checks decided otherwise.
 */
export function labelFigures(kind: LabelFigures['kind'], items: readonly LabelledItem[]): LabelFigures {
  const read = items.flatMap(({ verdict, ...item }) => (verdict === null ? [] : [{ ...item, ...verdict }]));
  const [yes, no] = kind === 'task' ? ['right', 'wrong'] : ['followed', 'violated'];
  const count = (truth: string, ...said: string[]) => read.filter((item) => item.truth === truth && said.includes(item.said)).length;
  const [positives, truePositives] = [count(yes, yes, no), count(yes, yes)];
  const [negatives, trueNegatives] = [count(no, yes, no), count(no, no)];
  const accuracy = (chosen: readonly { readonly truth: string; readonly said: string }[]) => mean(chosen.map(({ truth, said }) => Number(truth === said)));
  const { error, bins, coverage } = calibration(read.map(({ truth, modelSaid, certainty }) => ({ certainty, correct: truth === modelSaid })));
  return {
    kind,
    labels: items.length,
    unscored: items.length - read.length,
    accuracy: accuracy(read),
    accuracyInterval: intervalByUser(read, accuracy),
    kappa: cohenKappa(read.map(({ truth }) => truth), read.map(({ said }) => said)),
    positives, truePositives, negatives, trueNegatives,
    sensitivity: positives === 0 ? null : truePositives / positives,
    sensitivityInterval: wilsonInterval(truePositives, positives),
    specificity: negatives === 0 ? null : trueNegatives / negatives,
    specificityInterval: wilsonInterval(trueNegatives, negatives),
    calibrationError: error,
    reliability: bins.filter((bin) => bin.items > 0),
    coverage,
  };
}

export interface LabelledItem {
  readonly userId: string;
  readonly truth: string;
  /** Null without a readable verdict. */
  readonly verdict: {
    /** In the words of the labels. */
    readonly said: string;
    /** The same before rule checks decided. */
    readonly modelSaid: string;
    /** 0 to 1. */
    readonly certainty: number;
  } | null;
}
