import { InvalidArgumentError } from 'commander';

/** Reads an option that must be a whole number from 0. */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It should be a whole number.');
  return Number(text);
}
