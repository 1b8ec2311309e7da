import { cellText, type DataTable } from '../tables/data-table.ts';
import { html, type Html } from './markup.ts';

/** A table in its own frame, which scrolls when it is wide and which the keyboard can reach, so that the page never scrolls sideways. */
export function tableOf(table: DataTable, name: string): Html {
  const { columns, rows } = table;
  return scroll(
    name,
    html`<table>
<thead><tr>${columns.map((column) => html`<th scope="col"${column.text && html` class="text"`}>${column.label}</th>`)}</tr></thead>
<tbody>
${rows.map(
  (row) => html`<tr>${row.map((value, index) => {
    const shown = cellText(value, columns[index]);
    return index === 0 ? html`<th scope="row">${shown}</th>` : html`<td${columns[index]?.text && html` class="text"`}>${shown}</td>`;
  })}</tr>
`,
)}</tbody></table>`,
  );
}

/** A frame for anything wide. */
export function scroll(name: string, content: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0">${content}</div>`;
}

/** A link that holds a CSV file itself. */
export function dataLink(csv: string): string {
  return `data:text/csv;charset=utf-8,${encodeURI(csv).replaceAll('#', '%23')}`;
}
