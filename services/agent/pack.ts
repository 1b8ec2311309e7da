import { Role } from '../gen/attune/conversation/v1/conversation.ts';
import type { Message } from '../gen/attune/conversation/v1/conversation.ts';
import { AttuneError } from '../platform/errors.ts';
import type { ChatMessage } from '../platform/models/index.ts';
import { countTokens } from '../platform/tokens.ts';

/** Tokens kept free for the chat template and miscounting (spec: algorithm.md 3.1). */
export const MARGIN_TOKENS = 100;

/** Fewer tokens than this hold no dialogue. */
const LEAST_DIALOGUE_TOKENS = 64;

/** The newest message may take at least this share when the first one is long too. */
const NEWEST_SHARE = 0.7;

/**
 * Puts the system prompt and as much of the dialogue into the context as fits, by the one rule for all
 * methods: the newest whole messages, and always the session's first user message, which states the
 * task. Of these two, one that does not fit loses its middle and says so (spec: algorithm.md 3.1).
 * Throws `failed_precondition` when the system prompt leaves no room for a dialogue.
 */
export function pack(system: string, dialogue: readonly Message[], limits: PackLimits): Packed {
  const budget = limits.contextLength - limits.maxTokens - MARGIN_TOKENS - countTokens(system);
  if (budget < LEAST_DIALOGUE_TOKENS) {
    throw new AttuneError(
      'failed_precondition',
      `The dialogue needs at least ${LEAST_DIALOGUE_TOKENS} tokens, but a context of ${limits.contextLength} leaves it ${budget} beside the system prompt and a reply of ${limits.maxTokens}; raise contextLength or lower maxTokens.`,
    );
  }
  const firstUser = dialogue.findIndex((m) => m.role === Role.USER);
  const kept = new Set<number>();
  const texts = new Map<number, string>();
  let left = budget;
  const sizeOf = (index: number) => countTokens(dialogue[index]?.content ?? '');
  const take = (index: number, room: number) => {
    const text = shorten(dialogue[index]?.content ?? '', room);
    texts.set(index, text);
    kept.add(index);
    left -= countTokens(text);
  };
  const last = dialogue.length - 1;
  const beside = firstUser < 0 || firstUser === last ? 0 : sizeOf(firstUser);
  if (last >= 0) take(last, Math.max(Math.floor(budget * NEWEST_SHARE), budget - beside));
  if (firstUser >= 0 && firstUser !== last) take(firstUser, left);
  for (let index = last - 1; index >= 0; index--) {
    if (kept.has(index)) continue;
    if (sizeOf(index) > left) break;
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

const MARK = '\n[… the middle of this message was left out …]\n';

function shorten(text: string, tokens: number): string {
  const size = countTokens(text);
  if (size <= tokens) return text;
  let half = Math.floor((text.length * Math.max(0, tokens - countTokens(MARK))) / size / 2);
  while (half > 0) {
    // A cut never leaves half of a character.
    const cut = text.slice(0, half).replace(/[\uD800-\uDBFF]$/, '') + MARK + text.slice(-half).replace(/^[\uDC00-\uDFFF]/, '');
    if (countTokens(cut) <= tokens) return cut;
    // Tokens are not spread evenly over a text.
    half = Math.floor(half * 0.9);
  }
  return MARK.trim();
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
