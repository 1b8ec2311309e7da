import { arrowOf, formatEstimate } from './format.ts';
import { markdownBullets, markdownTable, escapeMarkdown } from './markdown.ts';
import type { ReportModel } from './model.ts';
import { firstLines, howToRead, marksOf, missingList, runFacts, simulatedNotice, whatWasRun } from './prose.ts';
import { blameTable } from './tables/blame.ts';
import { countTable, differenceTable, flipTable, sensitivityTable, tiedSets } from './tables/comparison.ts';
import { accuracyTable, probeTable } from './tables/conflicts.ts';
import { costNote, roleTable, sessionTable } from './tables/costs.ts';
import { endsTable } from './tables/curves.ts';
import { columnsOf, type DataTable } from './tables/data-table.ts';
import { enforcementTable } from './tables/effort.ts';
import { judgeFacts, judgeTables } from './tables/judge-sheet.ts';
import { matchingNote, memoryTable } from './tables/memory.ts';
import { faultTable, metricGroups, metricTable } from './tables/metrics.ts';
import { associationTable, vectorFacts } from './tables/vectors.ts';

/** report.md: the same facts as the page, without plots (they lie in plots/, their numbers are in metrics.csv) and without transcripts. */
export function renderMarkdown(model: ReportModel): string {
  const notice = simulatedNotice(model.manifest);
  const parts = [
    ...(notice === null ? [] : [`**${notice}**`]),
    `# Attune report: ${escapeMarkdown(model.manifest.name)}`,
    escapeMarkdown(whatWasRun(model)),
    markdownBullets(firstLines(model).map(([name, text]) => `${name}: ${text}`)),
    ...(model.warnings.length > 0 ? ['## Warnings', markdownBullets(model.warnings)] : []),
    '## Result',
    markdownTable(headline(model)),
    escapeMarkdown(howToRead(model)),
    ...comparison(model),
    ...sections(model),
    '## All metrics',
    ...metricGroups(model).flatMap((group) => [`### ${group}`, markdownTable(metricTable(model, group))]),
  ];
  const faults = faultTable(model);
  if (faults.rows.length > 0) parts.push('## Faults that did not end a session', markdownTable(faults));
  if (model.missing.length > 0) parts.push('## Missing sessions', markdownBullets(missingList(model)));
  parts.push('## The run', markdownTable({ columns: columnsOf('What', 'Value'), rows: runFacts(model) }));
  return `${parts.join('\n\n')}\n`;
}

function headline(model: ReportModel): DataTable {
  const metrics = model.metrics.filter(({ headline: shown }) => shown);
  return {
    columns: columnsOf('Method', ...metrics.map((metric) => `${metric.label} ${arrowOf(metric)}`)),
    rows: model.methods.map(({ name, control, estimates }) => [
      `${name}${name === model.baseline ? ' (baseline)' : control ? ' (control)' : ''}`,
      ...metrics.map((metric) => {
        const estimate = estimates[metric.id];
        if (!estimate || estimate.value === null) return null;
        return [formatEstimate(metric, estimate), `n ${estimate.n}`, ...marksOf(model, name, metric.id).map(({ sign, text }) => `${sign} ${text}`)].join(' ');
      }),
    ]),
  };
}

function comparison({ sections: { compare } }: ReportModel): string[] {
  if (!compare) return [];
  const { about, family } = compare;
  return [
    `## Differences to ${escapeMarkdown(compare.baseline)}`,
    escapeMarkdown(`Family: ${family.name}; ${family.tests} tests, ${family.correction} at ${family.alpha}, two-sided. A star marks metrics outside the family: exploratory.`),
    markdownTable(differenceTable(compare)),
    markdownBullets([about.interval, about.bootstrap, about.p, about.failures]),
    '### Which methods cannot be told apart',
    escapeMarkdown(about.tied),
    markdownBullets(tiedSets(compare).map(({ metric, text }) => `${metric}: ${text}`)),
    '### Sessions that changed sides',
    markdownTable(flipTable(compare)),
    '### Under other rules for the data',
    markdownTable(sensitivityTable(compare)),
    markdownBullets(compare.sensitivity.map(({ label, about: text, leftOut }) => `${label}: ${text} Pairs of sessions left out: ${leftOut}.`)),
    '### What was counted',
    markdownTable(countTable(compare)),
  ];
}

function sections(model: ReportModel): string[] {
  const { curves, probes, effort, memory, costs, blame, vectors, judgeSheet } = model.sections;
  const names = model.methods.map(({ name }) => name);
  return [
    ...(curves.sessions > 1 ? ['## Learning curves', 'The first and the last session, and the change from one session to the next; every session is in metrics.csv.', markdownTable(endsTable(model))] : []),
    ...(probes ? ['## Conflicts', markdownTable(probeTable(names, probes)), markdownTable(accuracyTable(names, probes, 'variant')), markdownTable(accuracyTable(names, probes, 'group'))] : []),
    '## Effort',
    markdownTable(enforcementTable(effort)),
    ...(memory ? ['## Memory', markdownTable(memoryTable(memory)), escapeMarkdown(matchingNote(memory))] : []),
    '## Costs',
    markdownTable(roleTable(costs)),
    markdownTable(sessionTable(costs)),
    escapeMarkdown(costNote(costs)),
    ...(blame ? ['## Why preferences were violated', markdownTable(blameTable(blame)), markdownBullets(blame.causes.map(({ label, meaning }) => `${label}: ${meaning}`))] : []),
    ...(judgeSheet
      ? ['## Judge', markdownBullets(judgeFacts(judgeSheet)), ...judgeTables(judgeSheet, model.metrics).flatMap(({ heading, note, table }) => [`### ${heading}`, escapeMarkdown(note), markdownTable(table)])]
      : []),
    ...(vectors ? vectors.methods.flatMap((one) => [`## User vectors of ${escapeMarkdown(one.method)}`, markdownBullets(vectorFacts(one)), ...(associationTable(one).rows.length > 0 ? [markdownTable(associationTable(one))] : [])]) : []),
  ];
}
