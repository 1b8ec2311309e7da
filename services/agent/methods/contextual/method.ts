import { z } from 'zod';
import { defineMethod, newestWithin, Role, transcriptText } from '../../method.ts';
import type { MethodDeps } from '../../method.ts';

/** Share of the context that earlier sessions may fill; the rest is the current session's (spec: algorithm.md 3.4). */
const HISTORY_SHARE = 0.6;
/** After a summary the block fills at most this share of its limit, so that not every session summarises. */
const REFILL_SHARE = 0.8;
/** Length of a summary in tokens, and the share of the block's limit that it may take when that is small. */
const SUMMARY_TOKENS = 512;
const SUMMARY_SHARE = 0.4;

/** Everything said so far, with the oldest sessions summarised when the limit is reached (spec: algorithm.md 3.4). */
export default defineMethod<ContextualState>({
  summary: 'Full history in the prompt; the oldest sessions are summarised at the limit.',
  version: '1',
  initialState: { summary: '', transcripts: [], said: 0 },
  recall: async (_turn, state) => ({ block: blockOf(state), ...(state.said > 0 && { coverage: coverageOf(state) }) }),
  async learn(session, state, deps) {
    const said = session.dialogue.filter((m) => m.role === Role.USER).length;
    const transcripts = [...state.transcripts, { session: session.session, text: transcriptText(session.dialogue), said }];
    return fit({ ...state, transcripts, said: state.said + said }, deps);
  },
  memoryText: blockOf,
});

async function fit(state: ContextualState, deps: MethodDeps): Promise<ContextualState> {
  const limit = Math.floor(HISTORY_SHARE * deps.contextTokens);
  if (deps.countTokens(blockOf(state)) <= limit) return state;

  const summaryTokens = Math.min(SUMMARY_TOKENS, Math.floor(SUMMARY_SHARE * limit));
  const target = REFILL_SHARE * limit - summaryTokens;
  const kept = [...state.transcripts];
  const old: Transcript[] = [];
  while (kept.length > 0 && deps.countTokens(blockOf({ ...state, summary: '', transcripts: kept })) > target) {
    old.push(kept.shift()!);
  }
  const summary = await summarise(state.summary, old, summaryTokens, deps);
  return { ...state, summary: newestWithin(summary, summaryTokens, deps), transcripts: kept };
}

/** On failure the old sessions are dropped and the old summary stays, with a fault on record. */
async function summarise(summary: string, old: Transcript[], maxTokens: number, deps: MethodDeps): Promise<string> {
  const room = deps.contextTokens - maxTokens - deps.countTokens(summary);
  const conversation = newestWithin(old.map(headed).join('\n\n'), room, deps);
  try {
    const answer = await deps.completeJson({
      prompt: deps.prompt('summary').render({ summary, conversation }),
      name: 'session_summary',
      schema: z.strictObject({ summary: z.string().min(1) }),
      maxTokens,
      temperature: 0,
    });
    return answer.summary;
  } catch (error) {
    deps.fault('summary_failed', error instanceof Error ? error.message : String(error));
    return summary;
  }
}

/** Transcripts stand in the block whole or not at all. */
function coverageOf({ transcripts, said }: ContextualState): number {
  return transcripts.reduce((sum, transcript) => sum + transcript.said, 0) / said;
}

function blockOf(state: ContextualState): string {
  const parts = state.transcripts.map(headed);
  if (state.summary !== '') parts.unshift(`Summary of the first sessions:\n${state.summary}`);
  return parts.join('\n\n');
}

function headed(transcript: Transcript): string {
  return `Session ${transcript.session + 1}:\n${transcript.text}`;
}

interface ContextualState {
  summary: string;
  /** Oldest first. */
  transcripts: Transcript[];
  /** How many messages the user wrote in all sessions so far. */
  said: number;
}

interface Transcript {
  session: number;
  text: string;
  /** How many of its messages are the user's. */
  said: number;
}
