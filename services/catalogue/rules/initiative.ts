import type { ReplyView } from './reply-view.ts';
import type { Rule } from './rule.ts';

/** Who leads: suggestions, step size, plans and confirmation. */
export const initiativeRules = {
  'next-step-offered': {
    summary: 'Closes with a suggestion or a next step.',
    opposes: ['no-unsolicited-suggestions', 'brief-acknowledgement'],
    asks: [/\b(?:next steps?|follow-?up (?:actions?|suggestions?|ideas?)|proactive(?:ly)?|what (?:to do|i could do) next|suggest(?:ions?|ing)? (?:\w+ ){0,4}(?:next|further|follow))\b/],
    unless: [/\b(?:no|not|n't|without|only|avoid|unsolicited|unasked)\b[^.]{0,60}\b(?:suggest|next steps?|follow-?ups?)/],
    check: (reply) => (reply.clarifyingOnly ? null : SUGGESTION.test(closing(reply, 3))),
  },
  'no-unsolicited-suggestions': {
    summary: 'Answers only what was asked: no suggestions, offers or next steps.',
    opposes: ['next-step-offered'],
    asks: [
      /\b(?:no|not|without|avoid|skip|never|stop|don't|doesn't|drop|omit)\b[^.]{0,40}\b(?:suggest(?:ions?|ing)?|next steps?|follow-?ups?|unasked|extras|recommendations)\b/,
      /\bunsolicited\b/,
      /\bonly (?:\w+ ){0,3}(?:what|to (?:what|my|your)) (?:\w+ ){0,2}(?:asked|request(?:ed)?)\b/,
      /\bnothing (?:more|beyond) (?:than )?what (?:i|was|they) (?:asked|requested)\b/,
    ],
    unless: [/\backnowledge/],
    check: (reply, { userMessage }) => (/\b(?:what (?:should|could|do) i do next|next steps?|suggest|any (?:other )?ideas|recommend)\b/i.test(userMessage) ? null : !SUGGESTION.test(closing(reply, 3))),
  },
  'one-step-then-confirm': {
    summary: 'One small step, then a question whether to go on.',
    opposes: ['whole-solution', 'no-confirmation'],
    asks: [
      /\b(?:one|single|small|each) (?:\w+ ){0,2}(?:step|increment|piece|part|chunk|bit)s?\b[^]*\b(?:at a time|confirm\w*|check(?:s|ing)? (?:in|with|that|whether|if)|before (?:going|moving|proceeding|continuing)|ask)\b/,
      /\bone step at a time\b/,
      /\b(?:small|tiny) (?:increments|steps)\b/,
    ],
    unless: [/\bplan\b/],
    check: (reply) => (reply.clarifyingOnly ? null : CONFIRMATION.test(closing(reply, 2)) && stepsIn(reply) <= 1),
  },
  'whole-solution': {
    summary: 'The whole solution in one reply, without stopping for confirmation.',
    opposes: ['one-step-then-confirm'],
    asks: [/\bholistic(?:ally)?\b/, /\b(?:whole|full|complete|entire) (?:\w+ )?(?:solution|answer|thing)\b/, /\b(?:everything|all of it|solution|it all) (?:at once|in one (?:go|reply|response|message))\b/],
    check: (reply) => (reply.clarifyingOnly ? null : !CONFIRMATION.test(closing(reply, 2)) && !/\b(?:let's|i'll|we'll) (?:start|begin) with (?:just )?(?:step|part) (?:1|one)\b|\bjust (?:step|part) (?:1|one)\b/.test(reply.lower)),
  },
  'plan-confirmed-first': {
    summary: 'Proposes a plan and asks for agreement before the work.',
    opposes: ['no-confirmation'],
    asks: [/\bplan\b[^]*\b(?:confirm\w*|approv\w*|agree\w*|go-?ahead|sign-?off|okay|before|wait|first)\b/, /\b(?:confirm|agree on|approve|propose|present|show me|check)\b[^.]{0,30}\bplan\b/],
    check: (reply) => {
      if (reply.clarifyingOnly) return null;
      const planned = /\b(?:plan|phases?|stages?|approach)\b/.test(reply.lower) && (reply.items.length >= 2 || /\bfirst\b[^]*\b(?:then|next|second|after)\b|\b(?:phase|stage|step) (?:1|one)\b/.test(reply.lower));
      return planned && CONFIRMATION.test(closing(reply, 3));
    },
  },
  'no-confirmation': {
    summary: 'Does the work at once; asks for no confirmation.',
    opposes: ['plan-confirmed-first', 'one-step-then-confirm'],
    asks: [
      /\b(?:no|without|don't|do not|never|skip|avoid|not)\s+(?:\w+\s+){0,4}(?:confirm\w*|approval|permission|go-?ahead|checking (?:in|back)|check-?ins?)\b/,
      /\bjust (?:do|go ahead|carry)\b/,
      /\b(?:do|carry out|execute) (?:\w+ ){0,4}(?:straight away|right away|directly|immediately|at once)\b/,
    ],
    check: (reply) => (reply.clarifyingOnly ? null : !CONFIRMATION.test(closing(reply, Infinity))),
  },
  'one-recommendation': {
    summary: 'Recommends one option, with a short reason.',
    opposes: ['comparison-table', 'several-approaches'],
    asks: [
      /\b(?:recommend|pick|choose|commit to|settle on)\w*\b[^.]{0,30}\b(?:one|a single)\b/,
      /\b(?:name|give|suggest|make|want|prefer|get)\w*\b[^.]{0,30}\b(?:one|single|clear) (?:\w+ )?(?:option|choice|recommendation|pick|suggestion|favou?rite)\b/,
    ],
    check: (reply) => (reply.clarifyingOnly ? null : /\b(?:i(?:'d| would)? (?:strongly )?(?:recommend|suggest|go (?:with|for)|choose|pick)|my (?:recommendation|pick|advice|choice) is|go (?:with|for)|the best (?:option|choice) (?:here |for you )?is)\b/.test(reply.lower)),
  },
  'brief-acknowledgement': {
    summary: 'A one- or two-sentence acknowledgement and nothing added.',
    opposes: ['next-step-offered'],
    asks: [/\b(?:brief|short|quick)(?:ly)? (?:\w+ )?(?:acknowledge?ment|acknowledge|thanks|reply)\b[^]*\b(?:nothing|no|without|only|end|stop|leave|add)\b/, /\backnowledge (?:\w+ ){0,3}(?:briefly|in (?:a|one) (?:line|sentence|few words))\b[^]*\b(?:nothing|no|without|stop|leave|add)\b/],
    unless: [/\bfrustrat|\bthen help\b|\bdirect help\b/],
    check: (reply) => reply.sentences.length <= 2 && reply.blocks.length === 0 && reply.items.length === 0 && !SUGGESTION.test(reply.lower),
  },
} satisfies Record<string, Rule>;

/** The last sentences in lower case; list items at the end may carry the suggestion. */
function closing(reply: ReplyView, count: number): string {
  const sentences = count === Infinity ? reply.sentences : reply.sentences.slice(-count);
  return sentences.join(' ').toLowerCase().replace(/’/g, "'");
}

function stepsIn(reply: ReplyView): number {
  const spoken = new Set([...reply.lower.matchAll(/\b(?:step|part) (\d+|one|two|three|four|five)\b/g)].map((match) => match[1]));
  return Math.max(spoken.size, new Set(reply.items.flatMap((item) => item.number ?? [])).size, reply.items.length > 2 ? 2 : 0);
}

const SUGGESTION =
  /\b(?:you (?:might|may|could|can) (?:also |then |next |now )+(?:\w+)|you might (?:want|like|consider|find)|you may want|you could (?:try|consider|explore|look)|next steps?|as a next|next,? (?:you|try|we could|i suggest)|a good next|if you(?:'d| would)? (?:like|want|wish)|would you like|do you want me|want me to|shall i also|i (?:can|could) also|consider (?:\w+ing|also)|try (?:also|another|a similar)|i(?:'d| would)? suggest|from here|going further|to go further|worth (?:trying|exploring|checking)|feel free to (?:try|ask|explore)|let me know if)\b/;

const CONFIRMATION =
  /(?:\b(?:does (?:that|this|it|the plan|my plan)|makes? sense|sounds? (?:good|right|ok(?:ay)?)|shall (?:i|we)|should (?:i|we)|may i|can (?:i|we)|ready (?:to|for)|is (?:that|this) (?:clear|ok(?:ay)?|right|fine|what)|are you (?:with me|ok(?:ay)?|happy|fine)|do you (?:agree|want me|follow|approve)|would you like (?:me )?to|ok(?:ay)? (?:with you|to)|all right|agreed|want me to)\b[^.!?]*\?)|\b(?:please (?:confirm|approve)|let me know (?:if|when|whether) (?:that|this|you|it|i)[^.]*(?:ready|ok(?:ay)?|work|right|sense|agree|go ahead|continue|proceed|start)|confirm (?:and|before)|once you (?:confirm|agree|approve))\b/;
