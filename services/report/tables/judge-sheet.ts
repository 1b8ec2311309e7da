import { counted, fixed, percent } from '../format.ts';
import type { MetricInfo } from '../metrics/metric.ts';
import type { JudgeSheetSection, VerdictKind } from '../sections/judge-sheet/model.ts';
import { columnsOf, withText, type DataTable } from './data-table.ts';

/** The judge's sheet as tables, those with something in them, each with a heading and a line that says how to read it. */
export function judgeTables(sheet: JudgeSheetSection, metrics: readonly MetricInfo[]): { heading: string; note: string; table: DataTable }[] {
  const all = [
    { heading: 'Scores corrected for the errors of the judge', note: 'From the labels; intervals carry the chance in verdicts and in labels. Refused where the judge is near chance.', table: correctedTable(sheet, metrics) },
    { heading: 'Anchors', note: 'Questions with a known answer; grading stops when they fail.', table: anchorTable(sheet) },
    { heading: 'Stability', note: 'The same question asked again with another seed and order: chance that two answers differ, and Krippendorff\'s alpha.', table: stabilityTable(sheet) },
    { heading: 'Against rule checks', note: 'Wherever a rule decides, the rule counts and the judge is only compared with it.', table: ruleTable(sheet) },
    { heading: 'Against labels', note: 'Positive means correct for tasks, followed for turns. ECE: expected calibration error of the stated certainty.', table: labelTable(sheet) },
    { heading: 'Judges of the panel', note: 'Each judge by itself.', table: panelTable(sheet) },
  ];
  return all.filter(({ table }) => table.rows.length > 0);
}

/** What the sheet says in sentences. */
export function judgeFacts({ judge, sample, anchors, order, modes, blindness }: JudgeSheetSection): string[] {
  return [
    `Checked: ${judge.models.join(' + ')}, prompts ${judge.promptHash.slice(0, 12)}, reader ${judge.parserVersion}.`,
    ...(anchors ? [anchors.passed ? 'All anchors passed.' : 'Anchors failed: verdicts of this judge should not be used.'] : ['No anchors were asked.']),
    ...(sample ? [`Measured on ${counted(sample.sessions, 'session')} (${sample.source}), ${counted(sample.repeats, 'repeat')}; ${fixed(sample.unreadable, 0)} of ${fixed(sample.asked, 0)} answers could not be read.`] : []),
    ...(order?.firstHalf ? [`A preference shown in the first half of the list is called applicable ${points(order.firstHalf.difference)} more often than in the second half${interval(order.firstHalf.interval)}, over ${fixed(order.firstHalf.items, 0)} cases.`] : []),
    ...(order?.pairs ? [`Of ${fixed(order.pairs.items, 0)} pairs asked in both orders ${percent(order.pairs.flipped)} changed their verdict${interval(order.pairs.interval)}; the side shown first was named in ${percent(order.pairs.first)} of decided answers (50 % is no bias).`] : []),
    ...(modes ? [`One call a session agrees with one call a turn in ${percent(modes.agreement)} of ${fixed(modes.items, 0)} cases${interval(modes.interval)}, kappa ${decimal(modes.kappa)}.`] : []),
    ...(blindness ? [`${fixed(blindness.naming, 0)} of ${fixed(blindness.questions, 0)} questions name a method to the judge; in ${counted(blindness.dialogues, 'dialogue')} the agent itself says its name.`] : []),
  ];
}

function correctedTable({ corrected }: JudgeSheetSection, metrics: readonly MetricInfo[]): DataTable {
  return {
    columns: withText(columnsOf('Metric', 'Method', 'Judged items', 'As judged', 'Corrected', 'Why not'), 'Method', 'Why not'),
    rows: corrected.map((one) => [
      metrics.find(({ id }) => id === one.metric)?.label ?? one.metric, one.method, fixed(one.items, 0), percent(one.raw),
      one.value === null ? null : `${percent(one.value)}${interval(one.interval)}`, one.refused,
    ]),
  };
}

function anchorTable({ anchors }: JudgeSheetSection): DataTable {
  return {
    columns: withText(columnsOf('Question', 'Kind', 'Asked', 'Right', '95 % interval', 'Needed', 'Result', 'What went wrong'), 'Kind', 'What went wrong'),
    rows: (anchors?.groups ?? []).map((group) => [
      group.question, group.kind.replaceAll('_', ' '), fixed(group.asked, 0), fixed(group.right, 0), interval(group.interval).trim() || null, fixed(group.least, 0),
      group.passed ? '✓ passed' : '✗ failed', group.failures.join(' ') || null,
    ]),
  };
}

function stabilityTable({ stability }: JudgeSheetSection): DataTable {
  return {
    columns: columnsOf('Verdict', 'Items', 'Flip rate', 'alpha'),
    rows: stability.map((one) => [KINDS[one.kind], fixed(one.items, 0), `${percent(one.flipRate)}${interval(one.interval)}`, decimal(one.alpha)]),
  };
}

function ruleTable({ rules }: JudgeSheetSection): DataTable {
  return {
    columns: columnsOf('Rule', 'Items', 'Agreement', 'kappa'),
    rows: rules.map((one) => [one.rule ?? 'all rules', fixed(one.items, 0), `${percent(one.agreement)}${interval(one.interval)}`, decimal(one.kappa)]),
  };
}

function labelTable({ labels }: JudgeSheetSection): DataTable {
  return {
    columns: columnsOf('Verdicts', 'Labels', 'Unscored', 'Accuracy', 'kappa', 'Sensitivity', 'Specificity', 'ECE'),
    rows: labels.map((one) => [
      one.kind, fixed(one.labels, 0), fixed(one.unscored, 0), `${percent(one.accuracy)}${interval(one.accuracyInterval)}`, decimal(one.kappa),
      `${percent(one.sensitivity)}${interval(one.sensitivityInterval)}`, `${percent(one.specificity)}${interval(one.specificityInterval)}`, decimal(one.calibrationError),
    ]),
  };
}

function panelTable({ panel }: JudgeSheetSection): DataTable {
  return {
    columns: withText(columnsOf('Judge', 'Method', 'Task success', 'Compliance', 'Flip rate', 'Agreement with rules'), 'Method'),
    rows: (panel?.judges ?? []).flatMap((judge) => judge.methods.map(({ method, success, compliance }) => [judge.model, method, percent(success), percent(compliance), percent(judge.flipRate), percent(judge.ruleAgreement)])),
  };
}

const KINDS: Record<VerdictKind, string> = { task: 'task', applicable: 'preference applies', followed: 'preference followed', over_applied: 'over-applied', probe: 'probe' };

function interval(found: { low: number; high: number } | null): string {
  return found ? ` [${fixed(found.low * 100, 1)} to ${fixed(found.high * 100, 1)}]` : '';
}

function points(difference: number): string {
  return `${fixed(difference * 100, 1)} percentage points`;
}

function decimal(value: number | null): string {
  return value === null ? '–' : fixed(value, 2);
}
