import { cellText, type DataTable } from './tables/data-table.ts';

export function markdownTable({ columns, rows }: DataTable): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => escapeMarkdown(cell)).join(' | ')} |`;
  return [line(columns.map(({ label }) => label)), `|${columns.map(() => '---').join('|')}|`, ...rows.map((row) => line(row.map((value, index) => cellText(value, columns[index]))))].join('\n');
}

export function markdownBullets(sentences: readonly string[]): string {
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
