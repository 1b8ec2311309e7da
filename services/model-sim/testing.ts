import { problemBank } from '../catalogue/index.ts';
import { createMind } from './dispatch.ts';
import type { ChatRequest } from './http/chat-request.ts';
import { createKnowledge } from './knowledge.ts';
import type { PromptMessage } from './prompt-reader.ts';
import type { UserTurn } from './roles/user.ts';

/** For tests: prompts as the services write them, answered without a server in between. */
export const mind = createMind(11, createKnowledge(problemBank()));

export const GREETING: PromptMessage = { role: 'assistant', content: 'Hello! What can I do for you?' };

/** Any object; answers come as the roles make them. */
export const ANY_OBJECT = { type: 'object' };

export function chatRequest(messages: PromptMessage[], seed = 0, name: string | null = null, schema: Record<string, unknown> = ANY_OBJECT): ChatRequest {
  return { messages, maxTokens: null, seed, stream: false, includeUsage: false, format: name === null ? null : { name, schema } };
}

/** A user's turn; `dialogue` in the agent's view, greeting first. */
export function userTurn(options: UserTurnOptions): UserTurn {
  const { problem, preferences = [], draft = "I don't know", mode = 'message', turnsLeft = 8, probe = '', dialogue = [GREETING], persona = 'a retired baker', seed = 0 } = options;
  const system = [
    'You play a user. Answer with one JSON object.',
    `<persona>${persona}</persona>`,
    '<task>Work on the problem with the helper.</task>',
    `<problem>\n${problem}\n</problem>`,
    `<preferences>\n${preferences.join('\n')}\n</preferences>`,
    `<draft>${draft}</draft>`,
    `<mode>${mode}</mode>`,
    `<turns_left>${turnsLeft}</turns_left>`,
    probe && `<probe>${probe}</probe>`,
  ].join('\n');
  const swapped = dialogue.map(({ role, content }) => ({ role: role === 'assistant' ? 'user' : 'assistant', content }));
  return JSON.parse(mind(chatRequest([{ role: 'system', content: system }, ...swapped], seed, 'user_turn'))) as UserTurn;
}

export function agentReply(userMessages: string | PromptMessage[], options: { memory?: string; seed?: number } = {}): string {
  const system = `You are a helpful partner.${options.memory ? `\n\n<memory>\n${options.memory}\n</memory>` : ''}`;
  const dialogue = typeof userMessages === 'string' ? [{ role: 'user', content: userMessages }] : userMessages;
  return mind(chatRequest([{ role: 'system', content: system }, GREETING, ...dialogue], options.seed ?? 0));
}

export function structured(name: string, content: string, seed = 0): Record<string, unknown> {
  return JSON.parse(mind(chatRequest([{ role: 'user', content }], seed, name))) as Record<string, unknown>;
}

export function rate(seeds: number, happens: (seed: number) => boolean): number {
  let count = 0;
  for (let seed = 0; seed < seeds; seed += 1) if (happens(seed)) count += 1;
  return count / seeds;
}

export interface UserTurnOptions {
  problem: string;
  preferences?: string[];
  draft?: string;
  mode?: 'message' | 'final_draft';
  turnsLeft?: number;
  probe?: string;
  dialogue?: PromptMessage[];
  persona?: string;
  seed?: number;
}

/** The parts of the server's answers that tests look at, all routes together. */
export interface WireAnswer {
  choices: [WireChoice];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  data: { embedding: number[]; score: number }[];
  results: { index: number; relevance_score: number }[];
  error: unknown;
}

export interface WireChoice {
  message: { content: string; refusal: string | null };
  delta: { content?: string };
  finish_reason: string | null;
}

export async function wire(response: Response): Promise<WireAnswer> {
  return (await response.json()) as WireAnswer;
}
