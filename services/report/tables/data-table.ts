/** A table before it has a form: the page, the Markdown report and files take the same rows. The first column names the row. */
export interface DataTable {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Column {
  readonly label: string;
  /** Aligned left. */
  readonly text?: boolean;
  /** How a number is shown; a file gets the number itself. */
  readonly format?: (value: number) => string;
}

/** Null is no data, which is not zero. */
export type Cell = string | number | null;

/** The same columns, those with these labels aligned left. */
export function withText(columns: readonly Column[], ...labels: readonly string[]): Column[] {
  return columns.map((column) => (labels.includes(column.label) ? { ...column, text: true } : column));
}

/** A cell for a reader. */
export function cellText(value: Cell, column: Column | undefined): string {
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  return column?.format ? column.format(value) : String(Number(value.toPrecision(4)));
}

/** Columns of which nothing needs to be said but their name. */
export function columnsOf(...labels: readonly string[]): Column[] {
  return labels.map((label) => ({ label }));
}

/** RFC 4180 with line feeds; numbers with six significant digits, since more would only show how sums were rounded; no data is an empty cell. */
export function csvOf({ columns, rows }: DataTable): string {
  const line = (cells: readonly Cell[]) => cells.map(csvCell).join(',');
  return `${[line(columns.map((column) => column.label)), ...rows.map(line)].join('\n')}\n`;
}

function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  // A sheet would take such a cell for a formula.
  const text = /^[=+@\t]|^-\D/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
