import { defineMethod, Role } from '../../method.ts';

/** Preferences are extracted from every user message, kept as cards and retrieved for the next reply (spec: algorithm.md 3.8, 3.10). */
export default defineMethod({
  summary: 'Extracted preferences as cards; the ones that fit the message are retrieved.',
  version: '1',
  initialState: null,
  usesPreferences: true,
  async recall(turn, _state, deps) {
    await deps.preferences.learnFrom(turn.dialogue, turn.turn);
    const { globals, chosen, trace } = await deps.preferences.retrieve(turn.userMessage, turn.turn);
    return {
      block: blockOf(globals.map((c) => c.note), chosen.map((c) => c.note)),
      cardIds: [...globals, ...chosen].map((c) => c.cardId),
      retrieval: trace,
    };
  },
  async learn(session, state, deps) {
    const endsWithUser = session.dialogue.at(-1)?.role === Role.USER;
    if (endsWithUser) {
      const turns = session.dialogue.filter((m) => m.role === Role.USER).length - 1;
      await deps.preferences.learnFrom(session.dialogue, turns);
    }
    return state;
  },
  memoryText: () => '',
});

function blockOf(general: string[], specific: string[]): string {
  const list = (notes: string[]) => notes.map((note) => `- ${note}`).join('\n');
  if (general.length === 0) return list(specific);
  const parts = [`General:\n${list(general)}`];
  if (specific.length > 0) parts.push(`For requests like this one:\n${list(specific)}`);
  return parts.join('\n\n');
}
