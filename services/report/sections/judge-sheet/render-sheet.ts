import type { Interval } from '../../statistics/interval.ts';
import type { JudgeSheetSection } from './model.ts';

/** A judge sheet for a terminal; ends with a line feed. */
export function renderJudgeSheet(sheet: JudgeSheetSection): string {
  const { judge, sample, anchors, stability, order, modes, rules, blindness, panel, labels, corrected } = sheet;
  const parts: string[] = [`Judge: ${judge.models.join(', ')} (prompts ${judge.promptHash.slice(0, 12)}, reader ${judge.parserVersion})`];
  if (anchors) {
    parts.push(table(['anchors', 'right', 'of', '95 % interval', 'needs', ''], anchors.groups.map(({ question, kind, right, asked, interval, least, passed }) => [`${question} ${kind}`, `${right}`, `${asked}`, span(interval), `${least}`, passed ? 'ok' : 'FAILED'])));
    const failures = anchors.groups.filter(({ passed }) => !passed).flatMap((group) => group.failures.map((failure) => `  ${group.question} ${group.kind}, ${failure}`));
    if (failures.length > 0) parts.push(['Failed anchors', ...failures].join('\n'));
  }
  if (sample) parts.push(`Asked about ${sample.sessions} sessions of ${sample.source === 'run' ? 'the run' : "the catalogue's examples"}, ${sample.repeats} times each: ${sample.asked} answers, ${sample.unreadable} not readable.`);
  if (stability.length > 0) parts.push(table(['asked again', 'flip rate', '95 % interval', 'alpha', 'items'], stability.map(({ kind, flipRate, interval, alpha, items }) => [kind, number(flipRate), span(interval), number(alpha), `${items}`])));
  const agreements: string[][] = [];
  if (modes) agreements.push(['one call a turn', number(modes.agreement), span(modes.interval), number(modes.kappa), `${modes.items}`]);
  for (const { rule, agreement, interval, kappa, items } of rules) agreements.push([rule === null ? 'all rule checks' : `  ${rule}`, number(agreement), span(interval), number(kappa), `${items}`]);
  if (agreements.length > 0) parts.push(table(['agreement with', 'share', '95 % interval', 'kappa', 'items'], agreements));
  const lines: string[] = [];
  if (order?.firstHalf) lines.push(`Place in the list: ${number(order.firstHalf.difference)} (${span(order.firstHalf.interval)}) more often applicable in the first half than in the second, ${order.firstHalf.items} items.`);
  if (order?.pairs) lines.push(`Order of two dialogues: ${number(order.pairs.flipped)} (${span(order.pairs.interval)}) of ${order.pairs.items} pairs flip with it; the first place gets ${number(order.pairs.first)} (${span(order.pairs.firstInterval)}) of the choices.`);
  if (blindness) lines.push(`Method blindness: ${blindness.naming} of ${blindness.questions} questions name the method; in ${blindness.dialogues} dialogues the agent says the name itself.`);
  if (lines.length > 0) parts.push(lines.join('\n'));
  if (panel) {
    parts.push(table(['judge', 'flip rate', 'rules'], panel.judges.map(({ model, flipRate, ruleAgreement }, index) => [`${index + 1} ${model}`, number(flipRate), number(ruleAgreement)])));
    parts.push(panel.ranks.map(({ first, second, success, compliance }) => `Judges ${first + 1} and ${second + 1} order the methods alike: rho ${number(success)} by success, ${number(compliance)} by compliance.`).join('\n'));
  }
  for (const one of labels) {
    const [positive, negative] = one.kind === 'task' ? ['right', 'wrong'] : ['followed', 'violated'];
    parts.push(
      [
        `Labels of ${one.kind === 'task' ? 'tasks' : 'preferences in turns'}: ${one.labels}, of which ${one.unscored} without a verdict`,
        `  accuracy ${number(one.accuracy)} (${span(one.accuracyInterval)}), kappa ${number(one.kappa)}, calibration error ${number(one.calibrationError)}`,
        `  sensitivity ${number(one.sensitivity)} (${span(one.sensitivityInterval)}) on ${one.positives} ${positive}, specificity ${number(one.specificity)} (${span(one.specificityInterval)}) on ${one.negatives} ${negative}`,
        ...(one.coverage.length > 0 ? [`  accuracy by certainty: ${one.coverage.slice(0, MOST_POINTS).map(({ certainty, coverage, accuracy }) => `from ${number(certainty)} ${number(accuracy)} of ${number(coverage)}`).join(', ')}`] : []),
      ].join('\n'),
    );
  }
  if (corrected.length > 0) {
    parts.push(table(['corrected', 'method', 'raw', 'corrected', '95 % interval', 'items'], corrected.map(({ metric, method, raw, value, interval, items }) => [metric, method, number(raw), number(value), span(interval), `${items}`])));
    const refused = [...new Set(corrected.flatMap((one) => one.refused ?? []))];
    if (refused.length > 0) parts.push(refused.join('\n'));
  }
  return `${parts.join('\n\n')}\n`;
}

/** Points of the coverage curve that a terminal shows; the page has all. */
const MOST_POINTS = 6;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  return [head, ...rows].map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ').trimEnd()).join('\n');
}

function number(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}

function span(interval: Interval | null): string {
  return interval === null ? '–' : `${number(interval.low)} to ${number(interval.high)}`;
}
