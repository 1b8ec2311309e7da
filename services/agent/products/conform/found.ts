import type { RecalledItem } from '../contract.ts';
import { must } from '../../../platform/examine.ts';

/** Also what the product itself stored twice shows here. */
export function mustHaveNoDoubles(found: readonly RecalledItem[]): void {
  const texts = found.filter(({ endedAt }) => endedAt === null).map(({ text }) => text.toLowerCase().replaceAll(/\W+/g, ' ').trim());
  must(new Set(texts).size === texts.length, `No memory should be there twice, found ${shown(found)}.`);
}

export function has(found: readonly RecalledItem[], mark: string): boolean {
  return found.some(({ text }) => text.includes(mark));
}

export function shown(found: readonly RecalledItem[]): string {
  if (found.length === 0) return 'nothing';
  const texts = found.map(({ text, endedAt }) => JSON.stringify(text.slice(0, 80)) + (endedAt === null ? '' : ' (ended)'));
  return texts.slice(0, 5).join(', ') + (texts.length > 5 ? ` and ${texts.length - 5} more` : '');
}
