import { expect, test } from 'vitest';
import { cellText, columnsOf, csvOf } from './data-table.ts';

test('a file has the numbers, a reader their text; no data is an empty cell and a dash', () => {
  const columns = [{ label: 'method' }, { label: 'tokens', format: (value: number) => `${value.toFixed(0)} tokens` }];
  expect(csvOf({ columns, rows: [['vanilla', 1234.56789], ['rag', null]] })).toBe('method,tokens\nvanilla,1234.57\nrag,\n');
  expect(cellText(1234.56789, columns[1])).toBe('1235 tokens');
  expect(cellText(null, columns[1])).toBe('–');
});

test('text can neither break a line of a file nor become a formula', () => {
  expect(csvOf({ columns: columnsOf('a'), rows: [['x,"y"\nz'], ['=1+1'], ['-cmd'], ['-1.5']] })).toBe('a\n"x,""y""\nz"\n\'=1+1\n\'-cmd\n-1.5\n');
});
