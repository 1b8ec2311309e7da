import { Role } from '../method.ts';
import type { Method, MethodDeps, ObservedSession, ProductItem } from '../method.ts';
import { cardBlock } from './cards.ts';

/**
 * What the methods over memory products share. The state is the sessions themselves, so that it can be hashed, rewound, taken out and put in like any other; the product
 * follows it (services/agent/products). It is told a session when the next one begins and not when it ends: a session that is run again after a crash then finds the
 * product as it was.
 */
export function productMethod({ product, varies, ...about }: { product: string; summary: string; version: string; varies: boolean }): Method<ProductState> {
  return {
    ...about,
    initialState: { sessions: [] },
    usesProduct: product,
    ...(varies && { varies }),
    async recall(turn, state, deps) {
      const found = await deps.product.recall(state.sessions, turn.userMessage);
      return { block: cardBlock([], withinCeiling(found, deps)) };
    },
    async learn({ session, dialogue }, { sessions }) {
      const messages = dialogue.map(({ role, content }) => ({ role: role === Role.USER ? ('user' as const) : ('assistant' as const), content }));
      return { sessions: [...sessions, { session, messages }] };
    },
    // What the product keeps of it, nobody can count.
    memoryText: ({ sessions }) => sessions.flatMap(({ messages }) => messages.map(({ content }) => content)).join('\n'),
  };
}

/** Share of the context that memories may take, as for cards (spec: algorithm.md 3.7). */
const CEILING = 0.5;

/** Facts that still hold, the best first, as far as they fit; says what was left out. */
function withinCeiling(found: readonly ProductItem[], deps: MethodDeps): string[] {
  const standing = found.filter(({ endedAt }) => endedAt === null).map(({ text }) => headWithin(text.replaceAll(/\s*\n\s*/g, ' ').trim(), ITEM_TOKENS, deps));
  let room = CEILING * deps.contextTokens;
  const kept: string[] = [];
  for (const text of standing) {
    room -= deps.countTokens(`- ${text}\n`);
    if (room < 0) break;
    kept.push(text);
  }
  if (kept.length < standing.length) deps.fault('notes_dropped', `${standing.length - kept.length} of ${standing.length} memories do not fit into half of the context; the ones that fit the message least were left out`);
  return kept;
}

/** Longest memory in the block, in tokens: products that keep messages whole keep long ones too. */
const ITEM_TOKENS = 256;

/** The start of a text, with a mark where it was cut. */
function headWithin(text: string, tokens: number, deps: MethodDeps): string {
  let head = text;
  for (let size = deps.countTokens(head); size > tokens && head !== ''; size = deps.countTokens(head)) {
    head = head.slice(0, Math.min(head.length - 1, Math.floor((head.length * tokens) / size))).replace(/[\uD800-\uDBFF]$/, '');
  }
  return head === text ? text : `${head} …`;
}

interface ProductState {
  sessions: ObservedSession[];
}
