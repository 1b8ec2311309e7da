import { isClarifyingOnly, type RuleId } from '../../catalogue/index.ts';
import { momentOf, talkOf } from '../moment.ts';
import * as P from '../parameters.ts';
import type { Recognition } from '../knowledge.ts';
import type { Prompt } from '../prompt-reader.ts';
import { composeReply } from '../reply/compose.ts';
import { codeKindOf } from '../reply/code-part.ts';
import { clarifyingQuestion } from '../reply/clarify.ts';
import { contentWords, words } from '../text.ts';
import { chooseRules } from '../agent/choose-rules.ts';
import { wishesInMemory, wishesInMessage } from '../wishes.ts';
import { wrongAnswer } from '../wrong-answer.ts';
import type { RoleCall } from './role.ts';

/**
 * Plays the assistant under test. It sees the memory block and the dialogue, nothing else: a wish can only be followed when it stands in one
 * of the two. It asks while it does not understand which problem is meant, then answers, right or wrong as the problem's level says.
 */
export function replyAsAgent(prompt: Prompt, call: RoleCall): string {
  const userMessages = prompt.dialogue.filter(({ role }) => role === 'user').map(({ content }) => content);
  const replies = repliesAfterFirstMessage(prompt);
  const last = userMessages.at(-1) ?? '';
  const known = recognize(userMessages, call);
  const understood = known !== null && known.share >= P.UNDERSTOOD_SHARE && known.lead >= P.UNDERSTOOD_LEAD;
  const asked = replies.filter(isClarifyingOnly).length;
  if (userMessages.length === 0 || (!understood && asked < P.MOST_CLARIFYING_QUESTIONS)) {
    return clarifyingQuestion(userMessages, call.random('clarify', last, asked));
  }

  const code = codeKindOf(understood ? known.entry.domain : '', userMessages);
  const sketch = `${code === null ? '' : `\`\`\`${code}\n\`\`\`\n`}The answer is known.`;
  const rules = chooseRules({
    memory: wishesInMemory(prompt.section('memory') ?? ''),
    voiced: userMessages.flatMap((message) => wishesInMessage(message)),
    moment: momentOf(userMessages, sketch),
    voicedNow: wishesInMessage(last).length,
    lastMoment: momentOf(talkOf(userMessages).slice(-1), sketch),
    random: (purpose) => call.random(purpose, last, userMessages.length),
  });
  const answer = answerOf(userMessages, understood ? known : null, call);
  const random = call.random('compose', last, userMessages.length);
  return composeReply({ rules, answer: holdsBack(rules, replies) ? null : answer, code, userMessages, random });
}

/** What follows the user's first message; the greeting before it is no reply. */
function repliesAfterFirstMessage(prompt: Prompt): string[] {
  const first = prompt.dialogue.findIndex(({ role }) => role === 'user');
  return first < 0 ? [] : prompt.dialogue.slice(first).filter(({ role }) => role === 'assistant').map(({ content }) => content);
}

function recognize(userMessages: readonly string[], call: RoleCall): Recognition | null {
  const told = new Set<string>();
  for (const message of userMessages) for (const word of contentWords(message)) told.add(word);
  return call.knowledge.recognize(told);
}

/** An agent that goes one step at a time shows the first step alone before it comes to the end. */
function holdsBack(rules: ReadonlySet<RuleId>, replies: readonly string[]): boolean {
  return rules.has('one-step-then-confirm') && !replies.some((reply) => !isClarifyingOnly(reply));
}

/**
 * The answer that this agent has come to: drawn once for a problem and a first message, so that it stays the same while a session lasts;
 * each time the user doubts it, a wrong one may become right, and rarely a right one wrong.
 */
function answerOf(userMessages: readonly string[], known: Recognition | null, call: RoleCall): string {
  const first = userMessages[0] ?? '';
  if (known === null) {
    const numbers = words(userMessages.join(' ')).filter((word) => /^\d/.test(word));
    return numbers.length > 0 ? call.lasting('guess', first).pick(numbers) : 'undetermined';
  }
  const { entry } = known;
  let right = call.lasting('solve', entry.id, first).chance(P.SOLVE_RATE_BY_LEVEL[entry.level] ?? P.SOLVE_RATE_BY_LEVEL[0]);
  userMessages.slice(1).forEach((message, index) => {
    if (!DOUBT.test(message)) return;
    const random = call.lasting('doubt', entry.id, first, index);
    right = right ? !random.chance(P.SPOILED_WHEN_DOUBTED_RATE) : random.chance(P.CORRECTED_WHEN_DOUBTED_RATE);
  });
  return right ? entry.answer : wrongAnswer(entry.answer, entry.text, call.lasting('wrong', entry.id, first));
}

const DOUBT = /\b(?:are you sure|double-?check|check (?:it|that|your|again)|verify|that's not right|you were wrong|something (?:else|is wrong))\b/i;
