import { AttuneError } from '../../errors.ts';
import { hashHex } from '../../random.ts';

/** A run's id as a part of subjects, keys and consumer names. Throws `invalid_argument` for an id that could reach into another run's subjects. */
export function runToken(runId: string): string {
  if (/^[A-Za-z0-9_-]{1,128}$/.test(runId)) return runId;
  throw new AttuneError('invalid_argument', `The id of a run on the bus should be 1 to 128 letters, digits, hyphens and underscores, found ${JSON.stringify(runId)}.`);
}

/** Any text as the name of a consumer: as it is where the server allows it, else by its hash. */
export function consumerName(...parts: string[]): string {
  const name = parts.join('-').replaceAll(' ', '_');
  return /^[A-Za-z0-9_-]{1,200}$/.test(name) ? name : `h-${hashHex(name).slice(0, 40)}`;
}
