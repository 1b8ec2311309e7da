import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import type { Message } from '../gen/attune/conversation/v1/conversation.ts';
import type { ChatMessage } from '../platform/models/index.ts';
import { countTokens } from '../platform/tokens.ts';

/** Tokens kept free for the chat template and miscounting (spec: algorithm.md 3.1). */
export const MARGIN_TOKENS = 100;

/**
 * Puts the system prompt and as much of the dialogue into the context as fits, by the one rule for all
 * methods: the newest whole messages, and always the session's first user message, which states the
 * task. A single message larger than the budget loses its middle and says so (spec: algorithm.md 3.1).
 */
export function pack(system: string, dialogue: readonly Message[], limits: PackLimits): Packed {
  const budget = Math.max(0, limits.contextLength - limits.maxTokens - MARGIN_TOKENS - countTokens(system));
  const firstUser = dialogue.findIndex((m) => m.role === Role.USER);
  const kept = new Set<number>();
  const texts = new Map<number, string>();
  let left = budget;
  const take = (index: number, room: number) => {
    const text = shorten(dialogue[index]?.content ?? '', room);
    texts.set(index, text);
    kept.add(index);
    left -= countTokens(text);
  };
  const last = dialogue.length - 1;
  if (last >= 0) take(last, firstUser === last ? budget : Math.floor(budget * 0.7));
  if (firstUser >= 0 && firstUser !== last) take(firstUser, left);
  for (let index = last - 1; index >= 0; index--) {
    if (kept.has(index)) continue;
    if (countTokens(dialogue[index]?.content ?? '') > left) break;
    take(index, left);
  }
  const messages = [...kept]
    .sort((a, b) => a - b)
    .map((index): ChatMessage => ({
      role: dialogue[index]?.role === Role.USER ? 'user' : 'assistant',
      content: texts.get(index) ?? '',
    }));
  return { messages: [{ role: 'system', content: system }, ...messages], dropped: dialogue.length - kept.size };
}

function shorten(text: string, tokens: number): string {
  const size = countTokens(text);
  if (size <= tokens) return text;
  const mark = '\n[… the middle of this message was left out …]\n';
  const share = Math.max(0, tokens - countTokens(mark)) / size / 2;
  const half = Math.floor(text.length * share);
  return half === 0 ? mark.trim() : text.slice(0, half) + mark + text.slice(-half);
}

export interface PackLimits {
  contextLength: number;
  maxTokens: number;
}

export interface Packed {
  messages: ChatMessage[];
  /** Whole messages of the session left out. */
  dropped: number;
}
