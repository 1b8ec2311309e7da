import { conditionHolds } from '../catalogue/index.ts';
import type { ConditionContext } from '../catalogue/index.ts';
import type { Preference } from '../gen/attune/profile/v1/profile.ts';
import type { RespondRequest } from '../gen/attune/simulator/v1/simulator.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import { createRandom, seedFrom } from '../platform/random.ts';

/** The most preferences a user is shown in one turn (spec: algorithm.md 1.4). */
export const MOST_SHOWN = 15;

/**
 * Picks the preferences that a user is shown for one turn: the unconditional ones, the ones the probe
 * is about, and those whose condition the problem or the dialogue signals; at most MOST_SHOWN, in the
 * profile's order. Before the first message the list is filled up with others, drawn by the seed, so
 * that the user can bring its own situations into the request.
 */
export function shownPreferences(request: RespondRequest): Preference[] {
  const preferences = request.profile?.preferences ?? [];
  if (preferences.length <= MOST_SHOWN) return preferences;
  const userMessages = request.dialogue.filter((m) => m.role === Role.USER).map((m) => m.content);
  const situation = {
    userMessages: [...userMessages, request.probe?.query ?? ''],
    problem: request.task?.problem ?? '',
    reply: lastReply(request),
  };
  const probed = new Set(request.probe?.candidateIds ?? []);
  const urgent = preferences.filter(
    (p) => probed.has(p.id) || p.condition === '' || signalled(p, situation),
  );
  const chosen = new Set(urgent.slice(0, MOST_SHOWN));
  if (userMessages.length === 0) {
    const others = preferences.filter((p) => !chosen.has(p));
    const random = createRandom(seedFrom('shown-preferences', request.seed));
    for (const preference of random.shuffle(others).slice(0, MOST_SHOWN - chosen.size)) chosen.add(preference);
  }
  return preferences.filter((p) => chosen.has(p));
}

function signalled(preference: Preference, situation: ConditionContext): boolean {
  return [preference.condition, ...preference.cues].some((cue) => conditionHolds(cue, situation));
}

function lastReply(request: RespondRequest): string {
  const last = request.dialogue.at(-1);
  return last?.role === Role.ASSISTANT ? last.content : '';
}
