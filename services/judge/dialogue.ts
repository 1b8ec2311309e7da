import type { Message } from '../gen/attune/conversation/v1/conversation.ts';
import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import { AttuneError } from '../platform/errors.ts';

/** One agent turn of a dialogue. */
export interface AgentTurnText {
  /** From 0; the greeting is no turn. */
  turn: number;
  reply: string;
  /** The user message it answers. */
  userMessage: string;
  /** Where the reply stands in the dialogue, from 0. */
  position: number;
}

/** The agent's turns of a dialogue, in order. Throws `invalid_argument` for a message without a role. */
export function agentTurns(dialogue: readonly Message[]): AgentTurnText[] {
  const turns: AgentTurnText[] = [];
  let userMessage: string | null = null;
  for (const [position, message] of dialogue.entries()) {
    if (message.role !== Role.USER && message.role !== Role.ASSISTANT) {
      throw new AttuneError('invalid_argument', 'Judging needs a role for every message of the dialogue; one has none.');
    }
    if (message.role === Role.USER) userMessage = message.content;
    else if (userMessage !== null) turns.push({ turn: turns.length, reply: message.content, userMessage, position });
  }
  return turns;
}

/** A dialogue as prompts show it: a paragraph a message, agent turns numbered from 0. */
export function dialogueText(dialogue: readonly Message[]): string {
  let turn = -1;
  let started = false;
  return dialogue
    .map((message) => {
      if (message.role === Role.USER) {
        started = true;
        return `[user] ${message.content}`;
      }
      return started ? `[agent turn ${++turn}] ${message.content}` : `[agent greeting] ${message.content}`;
    })
    .join('\n\n');
}
