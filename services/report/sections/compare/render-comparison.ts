import { arrowOf, counted, fixed, formatDifference, formatInterval, formatP, formatValue, percent } from '../../format.ts';
import { underpoweredWarning } from './compare-warnings.ts';
import type { RunComparison } from './compare-runs.ts';
import type { CompareMetricInfo, CompareModel } from './model.ts';

/** A comparison as text for a terminal: for each metric a table of methods and what cannot be told apart, then flips and sensitivity. */
export function renderComparison({ runs, notes, model }: RunComparison): string {
  const { family } = model;
  const warnings = [...notes, ...[underpoweredWarning(model)].filter((warning) => warning !== null)];
  return [
    `${counted(model.methods.length - 1, 'method')} compared with ${model.baseline} over ${counted(model.profiles, 'profile')} (${runs.map(({ name }) => name).join(', ')}).`,
    `Family, fixed beforehand: ${family.name}; ${family.tests} tests, ${family.correction} at ${family.alpha}, two-sided.`,
    ...warnings.map((warning) => `! ${warning}`),
    ...model.metrics.flatMap((metric) => ['', ...metricLines(model, metric)]),
    '',
    ...flipLines(model),
    '',
    ...sensitivityLines(model),
    '',
    ...countLines(model),
    model.about.failures,
    model.about.interval,
    model.about.bootstrap,
  ].map(printable).join('\n');
}

function metricLines(model: CompareModel, metric: CompareMetricInfo): string[] {
  const level = (method: string) => model.levels.find((entry) => entry.metric === metric.id && entry.method === method)!;
  const rows = model.methods.map((method) => {
    const found = model.differences.find((entry) => entry.metric === metric.id && entry.method === method);
    const value = formatValue(metric, level(method).mean);
    if (!found) return [method, value, 'baseline'];
    return [
      method,
      value,
      formatDifference(metric, found.difference),
      found.interval ? `[${formatInterval(metric, found)}]` : '–',
      found.bootstrap ? `[${formatInterval(metric, { interval: found.bootstrap })}]` : '–',
      formatP(found.p),
      formatP(found.pHolm),
      formatP(found.pWilcoxon),
      found.dz === null ? '–' : fixed(found.dz, 2),
      found.verdict,
    ];
  });
  const known = model.methods.filter((method) => level(method).mean !== null).length;
  const groups = model.tied.find((entry) => entry.metric === metric.id)!.groups.filter((group) => group.length > 1);
  return [
    `${metric.label} ${arrowOf(metric)}${metric.inFamily ? '' : ' (exploratory: not in the family, corrected over the methods of this metric alone)'}`,
    ...table([['method', 'value', 'difference', '95 % interval', 'bootstrap', 'p', 'p Holm', 'Wilcoxon', 'd_z', ''], ...rows]),
    known < 2 ? '  Nothing to tell apart: fewer than two methods have a value.' : groups.length === 0 ? '  All methods with a value differ from each other.' : `  Cannot be told apart: ${groups.map((group) => `{${group.join(', ')}}`).join(' ')}`,
  ];
}

function flipLines({ baseline, flips }: CompareModel): string[] {
  return [
    `The same sessions as with ${baseline} (McNemar describes them; sessions of one profile are not independent)`,
    ...table([
      ['method', 'pairs', 'solved now', 'lost now', 'p exact', 'p mid', 'lost, for example'],
      ...flips.map((flip) => [
        flip.method,
        fixed(flip.sessions, 0),
        `+${fixed(flip.won, 0)}`,
        `−${fixed(flip.lost, 0)}`,
        formatP(flip.pExact),
        formatP(flip.pMid),
        flip.lostSessions.slice(0, 3).map(({ userId, session }) => `${userId}#${session}`).join(' '),
      ]),
    ]),
  ];
}

function sensitivityLines(model: CompareModel): string[] {
  return model.sensitivity.map(({ label, leftOut, differences }) => {
    const changed = differences.flatMap((entry, index) => {
      const before = model.differences[index]!;
      const metric = model.metrics.find(({ id }) => id === entry.metric)!;
      return entry.verdict === before.verdict ? [] : [`${metric.label} of ${entry.method} ${before.verdict} → ${entry.verdict} (${formatDifference(metric, entry.difference)})`];
    });
    return `${label} (${counted(leftOut, 'pair')} left out): ${changed.length === 0 ? 'no verdict changes.' : `${changed.join('; ')}.`}`;
  });
}

function countLines({ counts }: CompareModel): string[] {
  const some = counts.filter(({ missing, failed, runaway, unscored }) => missing + failed + runaway + unscored > 0);
  if (some.length === 0) return [];
  return table([
    ['method', 'sessions', 'missing', 'failed', 'unscored', 'runaway'],
    ...some.map(({ method, sessions, ...kinds }) => [method, fixed(sessions, 0), ...[kinds.missing, kinds.failed, kinds.unscored, kinds.runaway].map((count) => `${fixed(count, 0)} (${percent(count / sessions)})`)]),
  ]);
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd());
}

/** Names come from files and other people's servers: control characters could move the cursor or colour the screen. */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}]/gu, '�');
}
