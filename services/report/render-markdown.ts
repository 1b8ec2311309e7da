import { arrowOf, fixed, formatDifference, formatEstimate, formatInterval, unitOf } from './format.ts';
import { METRICS } from './metrics.ts';
import { howToRead, missingList, runFacts, simulatedNotice, whatWasRun } from './prose.ts';
import { HEADLINE, judgeDifference, type ReportModel } from './report-model.ts';

/** report.md: the same facts as the page, without plots (their numbers are in metrics.csv). */
export function renderMarkdown(model: ReportModel): string {
  const { manifest, methods, baseline } = model;
  const notice = simulatedNotice(manifest);
  const sections = [
    ...(notice === null ? [] : [`**${notice}**`]),
    `# Attune report: ${escapeMarkdown(manifest.name)}`,
    escapeMarkdown(whatWasRun(model)),
    ...(model.warnings.length > 0 ? ['## Warnings', bullets(model.warnings)] : []),
    '## Result',
    howToRead(model),
    table(
      ['Method', ...HEADLINE.map((metric) => `${metric.label} ${arrowOf(metric)}`)],
      methods.map((method) => [method.name, ...HEADLINE.map((metric) => formatEstimate(metric, method.estimates.get(metric.id)!))]),
    ),
  ];
  if (baseline !== null) sections.push(`## Difference to ${escapeMarkdown(baseline)}`, differences(model));
  sections.push(
    '## All metrics',
    table(
      ['Metric', 'Unit', ...methods.map((method) => method.name)],
      METRICS.map((metric) => [
        `${metric.label} ${arrowOf(metric)}`.trim(),
        unitOf(metric),
        ...methods.map((method) => formatEstimate(metric, method.estimates.get(metric.id)!)),
      ]),
    ),
    '## Tokens by role',
    table(
      ['Method', 'Role', 'Model', 'Calls', 'Prompt tokens', 'of these cached', 'Completion tokens'],
      methods.flatMap(({ name, roles }) =>
        roles.map((role) => [
          name,
          role.role,
          role.model,
          ...[role.calls, role.promptTokens, role.cachedPromptTokens, role.completionTokens].map((count) => fixed(count, 0)),
        ]),
      ),
    ),
  );
  const faults = methods.flatMap(({ name, faults: kinds }) => kinds.map(([kind, count]) => [name, kind, fixed(count, 0)]));
  if (faults.length > 0) sections.push('## Faults that did not end a session', table(['Method', 'Fault', 'Times'], faults));
  if (model.missing.length > 0) sections.push('## Missing sessions', bullets(missingList(model)));
  sections.push('## The run', table(['What', 'Value'], runFacts(model)), '## What the metrics mean', bullets(METRICS.map((metric) => `${metric.label}: ${metric.about}`)));
  return `${sections.join('\n\n')}\n`;
}

function differences({ methods, baseline, profiles }: ReportModel): string {
  return table(
    ['Method', ...HEADLINE.map((metric) => `${metric.label} ${arrowOf(metric)}`)],
    methods
      .filter((method) => method.name !== baseline)
      .map((method) => [
        method.name,
        ...HEADLINE.map((metric) => {
          const difference = method.differences.get(metric.id)!;
          const interval = formatInterval(metric, difference);
          const verdict = judgeDifference(metric, difference, profiles);
          return `${formatDifference(metric, difference.value)}${interval && ` [${interval}]`}${verdict === 'unclear' ? '' : ` ${verdict}`}`;
        }),
      ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => escapeMarkdown(cell)).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function bullets(sentences: readonly string[]): string {
  return sentences.map((sentence) => `- ${escapeMarkdown(sentence)}`).join('\n');
}

/** Text that shows as it is: no markup, no HTML, no table border, no line break. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .replace(/\p{Cc}/gu, '�')
    .replace(/[\\`*|<>#]/g, (character) => `\\${character}`)
    .replace(/\](?=\()/g, '\\]');
}
