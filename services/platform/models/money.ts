import type { ModelPrice } from './types.ts';

/** What these tokens of a model cost, in the currency of the prices; null for a model that has none. */
export function moneyOf(prices: Readonly<Record<string, ModelPrice>>, model: string, { promptTokens, completionTokens }: { promptTokens: number; completionTokens: number }): number | null {
  const price = Object.hasOwn(prices, model) ? prices[model] : undefined;
  return price ? (promptTokens * price.promptPerMillion + completionTokens * price.completionPerMillion) / 1e6 : null;
}
