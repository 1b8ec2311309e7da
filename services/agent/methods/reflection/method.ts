import { z } from 'zod';
import { defineMethod, newestWithin, transcriptText } from '../../method.ts';
import type { MethodDeps, SessionInput, TurnInput } from '../../method.ts';

/** Above this size of the notes a selection of them is put into the prompt (spec: algorithm.md 3.5). */
const SELECT_ABOVE_TOKENS = 400;
/** Notes longer than this are asked to be written shorter. */
const MOST_NOTE_TOKENS = 1500;
const ANSWER_TOKENS = 2048;
/** An answer takes at most this share of a small context. */
const ANSWER_SHARE = 0.5;

/** One text of notes per user, rewritten after every session (spec: algorithm.md 3.5). */
export default defineMethod<{ notes: string }>({
  summary: 'Notes about the user, rewritten by the agent after every session.',
  version: '1',
  initialState: { notes: '' },
  async recall(turn, state, deps) {
    if (state.notes === '') return { block: '' };
    const long = deps.countTokens(state.notes) > SELECT_ABOVE_TOKENS;
    return { block: long ? await select(state.notes, turn, deps) : state.notes };
  },
  async learn(session, state, deps) {
    try {
      const notes = await rewrite('notes', state.notes, session, deps);
      if (deps.countTokens(notes) <= MOST_NOTE_TOKENS) return { notes };
      return { notes: await rewrite('compress', notes, session, deps) };
    } catch (error) {
      deps.fault('notes_update_failed', error instanceof Error ? error.message : String(error));
      return state;
    }
  },
  memoryText: (state) => state.notes,
});

async function rewrite(prompt: string, notes: string, session: SessionInput, deps: MethodDeps): Promise<string> {
  const answer = await deps.completeJson({
    prompt: deps.prompt(prompt).render({ notes, conversation: conversationBeside(notes, session, deps) }),
    name: 'reflection_notes',
    schema: z.strictObject({ user_preferences_reasoning: z.string(), agent_notes: z.string() }),
    maxTokens: answerTokens(deps),
    temperature: 1,
  });
  return answer.agent_notes.trim();
}

/** When the selection fails, all notes go into the prompt and the fault is recorded. */
async function select(notes: string, turn: TurnInput, deps: MethodDeps): Promise<string> {
  try {
    const answer = await deps.completeJson({
      prompt: deps.prompt('select').render({ notes, conversation: conversationBeside(notes, turn, deps) }),
      name: 'relevant_notes',
      schema: z.strictObject({ reasoning: z.string(), relevant_notes: z.string() }),
      maxTokens: answerTokens(deps),
      temperature: 0,
    });
    return answer.relevant_notes.trim();
  } catch (error) {
    deps.fault('notes_selection_failed', error instanceof Error ? error.message : String(error));
    return notes;
  }
}

/** As much of the newest dialogue as fits beside the notes and the answer; the call would fail otherwise. */
function conversationBeside(notes: string, { dialogue }: SessionInput | TurnInput, deps: MethodDeps): string {
  return newestWithin(transcriptText(dialogue), deps.contextTokens - answerTokens(deps) - deps.countTokens(notes), deps);
}

function answerTokens(deps: MethodDeps): number {
  return Math.min(ANSWER_TOKENS, Math.floor(ANSWER_SHARE * deps.contextTokens));
}
