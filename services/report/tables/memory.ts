import { fixed, percent } from '../format.ts';
import type { MemorySection } from '../sections/memory/model.ts';
import type { DataTable } from './data-table.ts';

export function memoryTable({ methods, k }: MemorySection): DataTable {
  const format = (value: number) => percent(value);
  const labels = ['Precision', 'Recall', `nDCG@${k}`, `Recall@${k}`, 'Extraction precision', 'Extraction recall', 'Extraction F1', 'Vector share'];
  return {
    columns: [{ label: 'Method' }, ...labels.map((label) => ({ label, format }))],
    rows: methods.map((one) => [
      one.method, one.precision, one.recall, one.ndcg, one.recallAtK, one.extraction?.precision ?? null, one.extraction?.recall ?? null, one.extraction?.f1 ?? null, one.vectorChanged,
    ]),
  };
}

/** How much the figures of a memory can be trusted. */
export function matchingNote({ matching }: MemorySection): string {
  return (
    'Texts were matched with true preferences automatically. On labelled texts that were not used to make the matching it finds the right preference for ' +
    `${percent(matching.recall)} of ${fixed(matching.positives, 0)} texts that express one, and a preference where there is none for ${percent(matching.falsePositives)} of ` +
    `${fixed(matching.negatives, 0)}. Vector share: turns in which the user vector changed the chosen cards, among turns with a vector.`
  );
}
