import { seedFrom } from '../../platform/random.ts';
import { dialogueText } from '../dialogue.ts';
import { prompts } from '../prompts.ts';
import { shuffled } from '../shown-preferences.ts';
import { pairFormat } from '../verdict-format.ts';
import { askModel } from '../voting.ts';
import { textsOf } from './ask-session.ts';
import type { AskSessionDeps } from './ask-session.ts';
import type { CheckedSession, PairItem, PairSaid } from './observations.ts';

/** Asks the first judge which of two sessions of one user suits the user better, in both orders and with the preferences in one; what each order says is kept. */
export async function askPair(one: CheckedSession, other: CheckedSession, { config, panel, seed, watch, signal }: AskSessionDeps): Promise<PairItem> {
  const callSeed = seedFrom(seed, 'judge check pair', one.userId, one.session, one.method, other.method);
  const own = [...textsOf(one), ...textsOf(other)];
  const options = signal ? { signal } : {};
  const preferences = shuffled(one.profile.preferences, callSeed).text;
  const ask = async (first: CheckedSession, second: CheckedSession): Promise<PairSaid | null> => {
    // Once for either name: a question about two dialogues must name the method of neither.
    const model = watch.watch(panel[0]!, second.method, own);
    const content = prompts.pair.render({ preferences, first: dialogueText(first.dialogue), second: dialogueText(second.dialogue) });
    const answer = await askModel({ model, seed: callSeed, config, options }, content, pairFormat);
    return 'reason' in answer ? null : answer.value.better;
  };
  const [straight, swapped] = await Promise.all([ask(one, other), ask(other, one)]);
  return { userId: one.userId, straight, swapped };
}

/** Sessions of one user about one task by two methods, each session in at most two pairs. */
export function pairsOf(sessions: readonly CheckedSession[]): [CheckedSession, CheckedSession][] {
  const answered = sessions.filter(({ dialogue }) => dialogue.some(({ content }, index) => index > 0 && content !== ''));
  return answered.flatMap((one, index) => {
    const other = answered.slice(index + 1).find(({ userId, session, method }) => userId === one.userId && session === one.session && method !== one.method);
    return other ? [[one, other] as [CheckedSession, CheckedSession]] : [];
  });
}
