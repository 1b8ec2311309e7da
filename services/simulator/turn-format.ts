import { z } from 'zod';

/** The word that ends a session when it stands in the user's message (spec: algorithm.md 1.2). */
export const STOP_WORD = 'TERMINATE';

/** What the user starts with before the agent has said anything (spec: algorithm.md 1.3). */
export const FIRST_DRAFT = "I don't know";

/** The JSON a model must give for one user turn (spec: algorithm.md 1.4). */
export const userTurnSchema = z.strictObject({
  preference_checks: z.array(
    z.strictObject({
      id: z.string(),
      applies: z.boolean(),
      satisfied: z.boolean().nullable(),
      why: z.string(),
    }),
  ),
  agent_was_clarifying: z.boolean(),
  enforce_preferences: z.boolean(),
  enforced_preference_ids: z.array(z.string()),
  expresses_disappointment: z.boolean(),
  reasoning: z.string(),
  draft_answer: z.string(),
  should_terminate: z.boolean(),
  response: z.string(),
});

/**
 * Says what else is wrong with a turn, or null: ids must come from the preferences that were shown, an enforcement must name at least one,
 * and a user who goes on must say something.
 */
export function misuseOf(turn: UserTurnAnswer, shownIds: readonly string[], needsMessage: boolean): string | null {
  const problems: string[] = [];
  const named = { preference_checks: turn.preference_checks.map(({ id }) => id), enforced_preference_ids: turn.enforced_preference_ids };
  for (const [field, ids] of Object.entries(named)) {
    const unknown = ids.filter((id) => !shownIds.includes(id));
    if (unknown.length > 0) problems.push(`"${field}": unknown id ${unknown.join(', ')}; the listed ids are ${shownIds.join(', ') || '(none)'}`);
  }
  if (turn.enforce_preferences && turn.enforced_preference_ids.length === 0) {
    problems.push('"enforced_preference_ids": must name a preference when enforce_preferences is true');
  }
  const goesOn = turn.enforce_preferences || !turn.should_terminate;
  if (needsMessage && (goesOn ? withoutStopWord(turn.response) : turn.response.trim()) === '') {
    problems.push(`"response": must say something, not only ${STOP_WORD}, while the chat goes on`);
  }
  return problems.length > 0 ? problems.join('; ') : null;
}

/** The message as the agent reads it; blanks go only around the stop word, since a user may send indented code. */
export function withoutStopWord(text: string): string {
  return text.replace(STOP_WORD_AND_BLANKS, ' ').trim();
}

const STOP_WORD_AND_BLANKS = new RegExp(`[ \\t]*${STOP_WORD}[ \\t]*`, 'g');

/** Says in words how a turn contradicts itself; null when it does not. */
export function contradictionOf(turn: UserTurnAnswer): string | null {
  const saysStop = turn.response.includes(STOP_WORD);
  if (turn.enforce_preferences && (saysStop || turn.should_terminate)) {
    return 'it enforces a preference and ends the chat';
  }
  if (saysStop !== turn.should_terminate) {
    return saysStop
      ? `"response" contains ${STOP_WORD} but should_terminate is false`
      : `should_terminate is true but "response" does not contain ${STOP_WORD}`;
  }
  return null;
}

export type UserTurnAnswer = z.infer<typeof userTurnSchema>;
