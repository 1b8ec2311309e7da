import type { CallOptions, JsonFormat, ModelClient } from '../platform/models/index.ts';
import { AttuneError } from '../platform/errors.ts';
import { seedFrom } from '../platform/random.ts';
import type { JudgeConfig } from './config.ts';

/**
 * Asks every model of the panel `votes` times, each time with a seed of its own, and up to `maxVotes` times where the first votes differ.
 * All further votes are asked for at once and not one by one until somebody wins, so that when to stop cannot sway the result. The first
 * vote of the first model has the request's own seed. A model that cannot be reached is an error, never a vote, and ends the other calls.
 */
export async function collectVotes<T>(bench: Bench, seed: number, ask: (call: VoteCall) => Promise<Asked<T>>, differ: (values: T[]) => boolean): Promise<Vote<T>[]> {
  const { config, panel } = bench;
  const stopping = new AbortController();
  const stop = () => stopping.abort(bench.options.signal?.reason);
  if (bench.options.signal?.aborted) stop();
  bench.options.signal?.addEventListener('abort', stop, { once: true });
  const options = { ...bench.options, signal: stopping.signal };
  const round = (from: number, to: number) =>
    Promise.all(
      panel.flatMap((model, panelist) =>
        Array.from({ length: to - from }, async (_, index) => {
          const repeat = from + index;
          const own = panelist === 0 && repeat === 0 ? seed : seedFrom(seed, 'vote', panelist, repeat);
          return { panelist, repeat, ...(await ask({ model, seed: own, config, options })) };
        }),
      ),
    );
  try {
    const first = await round(0, config.votes);
    return differ(counted(first)) ? [...first, ...(await round(config.votes, config.maxVotes))] : first;
  } catch (error) {
    stopping.abort(error);
    throw error;
  } finally {
    bench.options.signal?.removeEventListener('abort', stop);
  }
}

/** One question to one model. An answer that cannot be read after the re-asks is a vote without a value; a model that cannot be reached is an error. */
export async function askModel<T>({ model, seed, config, options }: VoteCall, content: string, format: JsonFormat<T>, maxTokens = config.maxTokens): Promise<Asked<T>> {
  try {
    const { value } = await model.completeJson({ messages: [{ role: 'user', content }], temperature: config.temperature, maxTokens, seed }, format, options);
    return { value };
  } catch (error) {
    const known = AttuneError.from(error);
    if (known.code === 'failed_precondition') return { reason: known.message };
    throw known;
  }
}

/** What the readable votes say; unreadable ones are missing, not negative. */
export function counted<T>(votes: readonly Asked<T>[]): T[] {
  return votes.flatMap((vote) => ('value' in vote ? [vote.value] : []));
}

/** The value that more than half of the votes give; null when none does. */
export function majority<T>(values: readonly T[]): T | null {
  const found = values.find((value) => 2 * values.filter((other) => other === value).length > values.length);
  return found === undefined ? null : found;
}

/** Why a verdict without a single readable vote has no score. */
export function whyUnread(votes: readonly Asked<unknown>[]): string {
  const reasons = votes.flatMap((vote) => ('reason' in vote ? [vote.reason] : []));
  return reasons.length === 1 ? reasons[0]! : `None of the ${reasons.length} votes can be read. The first: ${reasons[0]}`;
}

/** The mean certainty of votes that count. */
export function meanCertainty(votes: readonly { certainty: number }[]): number {
  return votes.reduce((sum, { certainty }) => sum + certainty, 0) / votes.length;
}

/** Votes as a record keeps them: only when more than one was asked for. `describe` gives what a readable vote said. */
export function keptVotes<T, R extends object>(votes: readonly Vote<T>[], describe: (value: T) => R) {
  if (votes.length < 2) return [];
  return votes.map(({ panelist, repeat, ...vote }) => ({ panelist, repeat, ...('value' in vote ? describe(vote.value) : vote) }));
}

/** Who is asked, how often, and how. */
export interface Bench {
  config: JudgeConfig;
  /** At least one. */
  panel: readonly ModelClient[];
  options: CallOptions;
}

export interface VoteCall {
  model: ModelClient;
  seed: number;
  config: JudgeConfig;
  options: CallOptions;
}

/** What was said, or why it cannot be read. */
export type Asked<T> = { value: T } | { reason: string };

interface VoteKey {
  /** From 0. */
  panelist: number;
  /** From 0. */
  repeat: number;
}

export type Vote<T> = VoteKey & Asked<T>;
