import { createRandom, seedFrom } from '../platform/random.ts';
import type { ChatRequest } from './http/chat-request.ts';
import type { Knowledge } from './knowledge.ts';
import { readPrompt, type Prompt } from './prompt-reader.ts';
import { replyAsAgent } from './roles/agent.ts';
import { extractPreferences } from './roles/extractor.ts';
import { conform } from './roles/generic.ts';
import { selectNotes, summarizeSession, writeNotes } from './roles/notes.ts';
import { judgeSession, judgeTurn } from './roles/preference-judge.ts';
import { judgeTask } from './roles/task-judge.ts';
import { playUser } from './roles/user.ts';
import type { RoleCall } from './roles/role.ts';

/**
 * The whole mind of the server: a chat request in, an answer's text out. A pure function of the request, the seed and the knowledge: the same
 * request gets the same answer in any order, at any time, in any process. The schema's name says which role is asked for; an answer always
 * fits the schema that came with the request.
 */
export function createMind(seed: number, knowledge: Knowledge): (request: ChatRequest) => string {
  return (request) => {
    const call: RoleCall = {
      knowledge,
      random: (purpose, ...content) => createRandom(seedFrom(seed, request.seed, purpose, ...content)),
      lasting: (purpose, ...content) => createRandom(seedFrom(seed, purpose, ...content)),
    };
    if (request.format === null) return replyAsAgent(readPrompt(request.messages, [], false), call);
    const role = ROLES[request.format.name];
    const value = role ? role.answer(readPrompt(request.messages, role.tags, true), call) : undefined;
    return JSON.stringify(conform(value, request.format.schema));
  };
}

const ROLES: Record<string, { tags: readonly string[]; answer: (prompt: Prompt, call: RoleCall) => unknown }> = {
  user_turn: { tags: ['persona', 'task', 'problem', 'preferences', 'draft', 'mode', 'turns_left', 'probe'], answer: playUser },
  reflection_notes: { tags: ['notes', 'conversation'], answer: writeNotes },
  relevant_notes: { tags: ['notes', 'conversation'], answer: selectNotes },
  session_summary: { tags: ['summary', 'conversation'], answer: summarizeSession },
  extracted_preferences: { tags: ['message'], answer: extractPreferences },
  task_verdict: { tags: ['problem', 'reference', 'answer'], answer: judgeTask },
  session_verdicts: { tags: ['preferences', 'dialogue'], answer: judgeSession },
  turn_verdict: { tags: ['preferences', 'dialogue', 'turn'], answer: judgeTurn },
};
