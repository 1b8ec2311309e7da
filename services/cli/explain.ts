import { CommanderError } from 'commander';
import { AttuneError } from '../platform/errors.ts';
import type { ErrorCode } from '../platform/errors.ts';

/** Errors that the way the command was called is to blame for. */
const WRONG_USE: readonly ErrorCode[] = ['invalid_argument', 'not_found', 'already_exists'];

/**
 * What the user reads when a command fails: one sentence, or the stack with --debug; a mistake of our own
 * is called one and asks for the stack. Commander has printed its own errors already.
 */
export function explain(thrown: unknown, debug: boolean): string {
  if (thrown instanceof CommanderError) return '';
  const error = AttuneError.from(thrown);
  if (debug) return (thrown as Error).stack ?? error.message;
  if (error.code !== 'internal') return error.message;
  return `attune failed in a way it should not: ${error.message} Run the command again with --debug and report what it prints.`;
}

export function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  const { code } = AttuneError.from(thrown);
  if (code === 'cancelled') return 130;
  return WRONG_USE.includes(code) ? 2 : 1;
}
