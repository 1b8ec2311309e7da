import { isClarifyingOnly } from '../../catalogue/index.ts';
import { momentOf } from '../moment.ts';
import * as P from '../parameters.ts';
import { readJudgedDialogue, readNumberedPreferences, type Prompt } from '../prompt-reader.ts';
import { recognizedRules } from '../wishes.ts';
import type { RoleCall } from './role.ts';

/**
 * Names the preferences whose rules the last reply keeps, and at a set rate another outcome: one other preference, or none. It sees the
 * preferences' texts and the dialogue and nothing of what is expected. A reply that only asks back follows none.
 */
export function judgeProbe(prompt: Prompt, call: RoleCall): { reasoning: string; followed: number[]; certainty: number } {
  const last = readJudgedDialogue(prompt.section('dialogue') ?? '').at(-1);
  const preferences = readNumberedPreferences(prompt.section('preferences') ?? '');
  const reply = last?.reply ?? '';
  const moment = momentOf(last?.userMessages ?? [], reply);
  const kept = isClarifyingOnly(reply) ? [] : preferences.filter(({ text }) => moment.keeps(recognizedRules(text)) === true);
  // Drawn from the texts in an order of their own: the order in which they are shown must not change the outcome.
  const byText = [...preferences].sort((a, b) => (a.text < b.text ? -1 : 1));
  const random = call.random('probe-judge', reply, ...byText.map(({ text }) => text));
  const others = [[], ...byText.map((preference) => [preference])].filter((outcome) => outcome.length !== kept.length || outcome[0] !== kept[0]);
  const followed = random.chance(P.PROBE_JUDGE_ERROR_RATE) ? random.pick(others) : kept;
  return { reasoning: REASONING[Math.min(followed.length, 2)]!, followed: followed.map(({ id }) => Number(id)).sort((a, b) => a - b), certainty: P.PROBE_JUDGE_CERTAINTY };
}

const REASONING = ['The reply does what none of them wants.', 'The reply does what one of them wants.', 'The reply does what several of them want.'];
