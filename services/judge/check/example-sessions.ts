import { cataloguePreferences, finalAnswerOf, problemBank } from '../../catalogue/index.ts';
import { Role } from '../../gen/attune/conversation/v1/conversation.ts';
import { Preference, Profile } from '../../gen/attune/profile/v1/profile.ts';
import { createRandom, seedFrom } from '../../platform/random.ts';
import type { CheckedSession } from './observations.ts';

/**
 * Sessions of one turn for a judge of which there is no run yet: every preference of the catalogue with its examples, one that keeps it ("kept") and one that breaks
 * it ("broken"), among other preferences; with a problem of the bank whose draft is right in half of them.
 */
export function exampleSessions({ seed, sample }: { seed: number; sample: number }): CheckedSession[] {
  const random = createRandom(seedFrom(seed, 'example sessions'));
  const preferences = cataloguePreferences('v2');
  const problems = problemBank();
  return random.shuffle(preferences).slice(0, Math.max(1, Math.ceil(sample / 2))).flatMap((own, index) => {
    const others = random.shuffle(preferences.filter(({ id }) => id !== own.id)).slice(0, OTHERS);
    const profile = Profile.fromPartial({
      userId: own.id,
      preferences: [own, ...others].map(({ id, category, condition, action, rule, cues }) => Preference.fromPartial({ id, category, condition, action, rule, cues })),
    });
    const problem = problems[index % problems.length]!;
    const finalDraft = index % 2 === 0 ? (finalAnswerOf(problem.solution) ?? problem.solution) : 'It cannot be told.';
    return ([['kept', own.example_compliance], ['broken', own.example_violation]] as const).map(([method, reply]): CheckedSession => ({
      method,
      userId: own.id,
      session: 0,
      profile,
      problem,
      finalDraft,
      dialogue: [
        { role: Role.USER, content: own.example_request },
        { role: Role.ASSISTANT, content: reply },
      ],
      probe: null,
    }));
  });
}

/** Preferences beside the one that the example is about. */
const OTHERS = 7;
