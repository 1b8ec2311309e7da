import { createRandom, seedFrom } from '../platform/random.ts';
import type { ChatRequest } from './http/chat-request.ts';
import type { Knowledge } from './knowledge.ts';
import { readPrompt, type Prompt, type PromptMessage } from './prompt-reader.ts';
import { replyAsAgent } from './roles/agent.ts';
import { extractPreferences } from './roles/extractor.ts';
import { conform } from './roles/generic.ts';
import { selectNotes, summarizeSession, writeNotes, writeStandingPrompt } from './roles/notes.ts';
import { judgeNotes } from './roles/notes-judge.ts';
import { comparePair } from './roles/pair-judge.ts';
import { judgeSession, judgeTurn } from './roles/preference-judge.ts';
import { judgeProbe } from './roles/probe-judge.ts';
import { judgeRelevance } from './roles/relevance-judge.ts';
import { labelReward } from './roles/reward-judge.ts';
import { writeProfile } from './roles/profile-writer.ts';
import { judgeTask } from './roles/task-judge.ts';
import { decideAsUser, playUser, speakAsUser, tellPrivateFields, writeAsUser } from './roles/user.ts';
import type { RoleCall } from './roles/role.ts';

/**
 * The whole mind of the server: a chat request in, an answer's text out. A pure function of the request, the seed and the knowledge: the same
 * request gets the same answer in any order, at any time, in any process. The schema's name says which role is asked for; an answer always
 * fits the schema that came with the request. Without a schema it is the agent, or the user where the system prompt begins with a persona.
 */
export function createMind(seed: number, knowledge: Knowledge): (request: ChatRequest) => string {
  return (request) => {
    const call: RoleCall = {
      knowledge,
      random: (purpose, ...content) => createRandom(seedFrom(seed, request.seed, purpose, ...content)),
      lasting: (purpose, ...content) => createRandom(seedFrom(seed, purpose, ...content)),
    };
    if (request.format === null) {
      const prompt = readPrompt(request.messages, [], false);
      return isUserPrompt(request.messages) ? speakAsUser(prompt, call) : replyAsAgent(prompt, call);
    }
    const role = ROLES[request.format.name];
    const value = role ? role.answer(readPrompt(request.messages, role.tags, true), call) : undefined;
    return JSON.stringify(conform(value, request.format.schema));
  };
}

function isUserPrompt([first]: readonly PromptMessage[]): boolean {
  return first?.role === 'system' && /^\s*<persona>/.test(first.content);
}

const USER_TAGS = ['persona', 'task', 'problem', 'preferences', 'patience', 'draft', 'mode', 'turns_left', 'probe'];

const ROLES: Record<string, { tags: readonly string[]; answer: (prompt: Prompt, call: RoleCall) => unknown }> = {
  user_turn: { tags: USER_TAGS, answer: playUser },
  user_act: { tags: USER_TAGS, answer: decideAsUser },
  user_message: { tags: [...USER_TAGS, 'act', 'situations'], answer: writeAsUser },
  user_private_fields: { tags: [...USER_TAGS, 'message'], answer: tellPrivateFields },
  reflection_notes: { tags: ['notes', 'conversation'], answer: writeNotes },
  notes_verdict: { tags: ['requests', 'carried', 'notes', 'conversation'], answer: judgeNotes },
  relevant_notes: { tags: ['notes', 'conversation'], answer: selectNotes },
  standing_prompt: { tags: ['conversation'], answer: writeStandingPrompt },
  session_summary: { tags: ['summary', 'conversation'], answer: summarizeSession },
  extracted_preferences: { tags: ['message'], answer: extractPreferences },
  note_relevance: { tags: ['message', 'notes'], answer: judgeRelevance },
  reward_label: { tags: ['user_message', 'agent_message', 'next_message'], answer: labelReward },
  profile_preferences: { tags: ['persona', 'slots', 'written', 'complaints'], answer: writeProfile },
  task_verdict: { tags: ['problem', 'reference', 'answer'], answer: judgeTask },
  session_verdicts: { tags: ['preferences', 'dialogue'], answer: judgeSession },
  turn_verdict: { tags: ['preferences', 'dialogue', 'turn'], answer: judgeTurn },
  probe_verdict: { tags: ['preferences', 'dialogue'], answer: judgeProbe },
  pair_verdict: { tags: ['preferences', 'first', 'second'], answer: comparePair },
};
