import { defineMethod, newestWithin, Role } from '../../method.ts';

/**
 * A method to copy: it remembers the user's last messages of earlier sessions, word for word.
 * Copy this folder, rename it, change `recall` and `learn`, run `npm test`.
 */
export default defineMethod<{ lastMessages: string[] }>({
  summary: 'Remembers the last message of each of the newest five sessions (a template to copy).',
  version: '1',
  // The state of a user never met. Any JSON value.
  initialState: { lastMessages: [] },

  // Called before every reply: what shall the agent be told? An empty block adds nothing to the prompt.
  async recall(_turn, state, deps) {
    if (state.lastMessages.length === 0) return { block: '' };
    return { block: deps.prompt('block').render({ messages: state.lastMessages.join('\n') }) };
  },

  // Called once when a session has ended: what shall be kept? Give back a new state, do not change the old one.
  // Whatever is kept needs a limit: a block that fills the context leaves no room for the dialogue.
  async learn(session, state, deps) {
    const last = session.dialogue.filter((m) => m.role === Role.USER).at(-1);
    if (!last) return state;
    const line = `- ${newestWithin(last.content, 200, deps)}`;
    return { lastMessages: [...state.lastMessages, line].slice(-5) };
  },
});
