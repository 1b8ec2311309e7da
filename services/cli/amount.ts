import { InvalidArgumentError } from 'commander';

/** Reads an option that must be a number above 0. */
export function amount(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : 0;
  if (!(value > 0)) throw new InvalidArgumentError('It should be a number above 0, such as 2.5.');
  return value;
}
