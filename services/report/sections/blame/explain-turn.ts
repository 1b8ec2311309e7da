import { SessionRecord, VerdictRecord } from '../../../gen/attune/record/v1/record.ts';
import { AttuneError } from '../../../platform/errors.ts';
import { hashHex } from '../../../platform/random.ts';
import { byText } from '../../text-order.ts';
import type { RunItem } from '../../memory/input.ts';
import { readSessions, readVerdicts } from '../../read-records.ts';
import { openRunFolder } from '../../run-folder.ts';
import { evidenceOf } from './evidence.ts';
import type { Evidence } from './evidence.ts';

/**
 * Why an agent turn of a run violated what it did: for one method or for every one of the run that has this turn, in the manifest's order. Reads the records once.
 * Throws `not_found` with what there is, for a user, a method, a session or a turn that the run does not have.
 */
export async function explainTurn(dir: string, { method, userId, session, turn }: TurnName): Promise<Evidence[]> {
  const { manifest, inputs } = await openRunFolder(dir);
  const profile = inputs.profiles.find((one) => one.userId === userId);
  if (!profile) throw new AttuneError('not_found', `The run has no profile ${JSON.stringify(userId)}; its profiles are ${someOf(inputs.profiles.map((one) => one.userId))}.`);
  const methods = manifest.methods.map(({ name }) => name);
  if (method !== undefined && !methods.includes(method)) throw new AttuneError('not_found', `The run has no method ${JSON.stringify(method)}; its methods are ${methods.join(', ')}.`);
  const trajectories = await trajectoriesOf(dir, userId, session);
  const wanted = methods.filter((name) => name === (method ?? name) && trajectories.get(name)?.some(({ record }) => record.session === session));
  if (wanted.length === 0) throw new AttuneError('not_found', `The run has no record of session ${session} of ${userId}${method === undefined ? '' : ` with ${method}`}.`);

  const explained: Evidence[] = [];
  let missing: AttuneError | null = null;
  for (const name of wanted) {
    try {
      explained.push(await evidenceOf(inTurn(trajectories.get(name)!), profile, { session, turn }));
    } catch (thrown) {
      const error = AttuneError.from(thrown);
      // Sessions of other methods may well be shorter.
      if (error.code !== 'not_found') throw error;
      missing ??= error;
    }
  }
  if (explained.length === 0 && missing) throw missing;
  return explained;
}

/** The user's sessions by method, up to the one asked for. Of copies the one with the smallest hash is kept, as reports do. */
async function trajectoriesOf(dir: string, userId: string, last: number): Promise<Map<string, RunItem[]>> {
  const isWanted = (key: { userId: string; session: number }) => key.userId === userId && key.session <= last;
  const records = new Map<string, SessionRecord>();
  for await (const record of readSessions(dir)) if (isWanted(record)) keepSmallest(records, record, (one) => hashHex(JSON.stringify(SessionRecord.toJSON(one))));
  const verdicts = new Map<string, VerdictRecord>();
  for await (const verdict of readVerdicts(dir)) if (isWanted(verdict) && verdict.stage?.$case === 'turns') keepSmallest(verdicts, verdict, (one) => hashHex(JSON.stringify(VerdictRecord.toJSON(one))));
  const byMethod = new Map<string, RunItem[]>();
  for (const [key, record] of [...records].sort(([, a], [, b]) => byText(a.method, b.method) || a.session - b.session)) {
    const stage = verdicts.get(key)?.stage;
    const item: RunItem = { record, turns: stage?.$case === 'turns' ? stage.value.turns : undefined };
    byMethod.set(record.method, [...(byMethod.get(record.method) ?? []), item]);
  }
  return byMethod;
}

function keepSmallest<T extends { method: string; session: number }>(kept: Map<string, T>, value: T, hashOf: (value: T) => string): void {
  const before = kept.get(keyOf(value));
  if (before === undefined || hashOf(value) < hashOf(before)) kept.set(keyOf(value), value);
}

function keyOf({ method, session }: { method: string; session: number }): string {
  return JSON.stringify([method, session]);
}

async function* inTurn(items: readonly RunItem[]): AsyncGenerator<RunItem> {
  yield* items;
}

function someOf(names: readonly string[]): string {
  return names.length > SHOWN ? `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more` : names.join(', ');
}

const SHOWN = 5;

export interface TurnName {
  readonly method?: string | undefined;
  readonly userId: string;
  readonly session: number;
  readonly turn: number;
}
