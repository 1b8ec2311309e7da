import type { ModelClient } from '../../platform/models/index.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { JudgeConfig } from '../config.ts';
import { agentTurns } from '../dialogue.ts';
import { checkVoting, identityOf } from '../identity.ts';
import { askPair, pairsOf } from './ask-pair.ts';
import { askSession } from './ask-session.ts';
import { eachOf } from './each-of.ts';
import type { CheckedSession, JudgeObservations } from './observations.ts';
import { createPromptWatch, says } from './prompt-watch.ts';

/**
 * Asks the judges of a panel again and again about the same sessions, in other orders and in the other mode, and about pairs of them, and gives back what they said;
 * figures are made of it elsewhere. The same seed asks the same questions. Throws `invalid_argument` for settings that cannot be meant, and when a judge cannot be
 * reached; an answer that cannot be read is an observation.
 */
export async function observeJudge(sessions: readonly CheckedSession[], options: ObserveJudgeOptions): Promise<JudgeObservations> {
  const { config, panel, repeats, seed, signal } = options;
  checkVoting(config, panel.length);
  if (!Number.isInteger(repeats) || repeats < 2) throw new AttuneError('invalid_argument', `Repeating needs at least 2 repeats, found ${repeats}; ask for --repeats 2 or more.`);
  const watch = createPromptWatch();
  const deps = { config, panel, repeats, seed, watch, signal };
  const pairs = pairsOf(sessions);
  // One list, so that pairs do not wait for the last session.
  const tasks = [...sessions.map((session) => ({ session, pair: null })), ...pairs.map((pair) => ({ session: null, pair }))];
  const asked = await eachOf(tasks, options, async ({ session, pair }) => (session ? { items: await askSession(session, deps), pair: null } : { items: [], pair: await askPair(...pair, deps) }));
  return {
    judge: identityOf(config, panel.map(({ model }) => model), config.mode),
    repeats,
    items: asked.flatMap(({ items }) => items),
    pairs: asked.flatMap(({ pair }) => pair ?? []),
    blindness: { ...watch.counts, dialogues: sessions.filter(({ dialogue, method }) => agentTurns(dialogue).some(({ reply }) => says(reply, method))).length },
  };
}

export interface ObserveJudgeOptions {
  config: JudgeConfig;
  /** At least one. */
  panel: readonly ModelClient[];
  /** At least 2. */
  repeats: number;
  seed: number;
  /** Sessions asked about at once. */
  concurrency: number;
  signal?: AbortSignal | undefined;
  /** Told of each session and pair that is done. */
  onDone?: (() => void) | undefined;
}
