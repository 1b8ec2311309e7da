import { LAST_TURNS } from '../parameters.ts';
import { readPreferenceList, type ListedPreference, type Prompt } from '../prompt-reader.ts';

/** Reads the prompt of a user's turn. The roles are swapped: what the agent said has the role "user", and the user's own words have the role "assistant". */
export function readScene(prompt: Prompt): Scene {
  const text = (tag: string): string => prompt.section(tag) ?? '';
  const own = prompt.dialogue.filter(({ role }) => role === 'assistant').map(({ content }) => content);
  const heard = prompt.dialogue.filter(({ role }) => role === 'user').map(({ content }) => content);
  const replies = own.length === 0 ? [] : heard.slice(Math.max(0, heard.length - own.length));
  return {
    persona: text('persona'),
    task: text('task'),
    problem: text('problem'),
    preferences: readPreferenceList(text('preferences')),
    draft: text('draft') || "I don't know",
    finalOnly: text('mode') === 'final_draft',
    turnsLeft: Number(text('turns_left') || LAST_TURNS + 1),
    probe: text('probe'),
    own,
    replies,
    reply: replies.at(-1) ?? '',
  };
}

/** What stands in the prompt. */
export interface Scene {
  persona: string;
  task: string;
  problem: string;
  preferences: readonly ListedPreference[];
  draft: string;
  finalOnly: boolean;
  turnsLeft: number;
  probe: string;
  /** The user's own messages, oldest first. */
  own: readonly string[];
  /** The agent's messages after the greeting. */
  replies: readonly string[];
  /** The last of them. */
  reply: string;
}
