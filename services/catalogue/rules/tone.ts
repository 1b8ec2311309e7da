import type { Rule } from './rule.ts';

/** How a reply sounds: warm or blunt, talkative or straight to the point. */
export const toneRules = {
  courteous: {
    summary: 'Contains courtesy markers: a greeting, thanks, an offer to help, encouragement.',
    opposes: ['blunt'],
    asks: [/\b(?:courteous(?:ly)?|courtesy|polite(?:ly|ness)?|friendl(?:y|ier)|warm(?:th|ly|er)?|respectful(?:ly)?|considerate|kind(?:ly)? (?:tone|words|and)|pleasantries|be kind(?:er)?)\b/],
    unless: [/\b(?:no|without|skip|drop|avoid|free of|cut)\b[^.]{0,30}\b(?:pleasantries|courtesy|courteous|polite)/, /\bblunt/],
    check: (reply) => COURTESY.test(reply.lower),
  },
  blunt: {
    summary: 'No pleasantries, apologies or courtesy markers.',
    opposes: ['courteous'],
    asks: [/\bblunt(?:ly|ness)?\b/, /\b(?:no|without|skip|drop|avoid|cut|omit|leave out|free of)\s+(?:\w+[, ]+){0,4}(?:pleasantr(?:y|ies)|courtes(?:y|ies)|apolog(?:y|ies|i[sz]ing)|apologetic|niceties|politeness)\b/],
    check: (reply) => !COURTESY.test(reply.lower) && !APOLOGY.test(reply.lower),
  },
  conversational: {
    summary: 'Flowing prose that picks up what was said before and links its parts.',
    opposes: ['no-preamble'],
    asks: [/\b(?:conversational|narrative|chatt(?:y|ier)|natural(?:ly)? (?:language )?flow\w*|engaging)\b/, /\b(?:acknowledge|pick(?:s|ing)? up|refer(?:s|ring)? (?:back )?to)\b.*\b(?:previous|earlier|before|context|i said|we discussed)\b/],
    check: (reply) => reply.sentences.length >= 2 && LINKS.test(reply.lower) && reply.items.length <= reply.sentences.length / 2,
  },
  'no-preamble': {
    summary: 'Straight to the point: no preamble, meta-commentary or transition phrases.',
    opposes: ['conversational'],
    asks: [
      /\b(?:no|without|skip|drop|avoid|cut|omit|leave out)\b[^.]{0,40}\b(?:preamble|narration|filler|introductions?|intro|meta-?comment(?:s|ary)?|small talk|fluff|waffle|throat[- ]clearing)\b/,
      /\b(?:straight|directly|right|get|gets|come) to the point\b/,
    ],
    check: (reply) => {
      const opening = (reply.sentences[0] ?? '').toLowerCase().replace(/’/g, "'");
      return !OPENERS.test(opening) && !META.test(reply.lower);
    },
  },
} satisfies Record<string, Rule>;

const COURTESY =
  /\b(?:please|thank(?:s| you)|you(?:'re| are) (?:very |most )?welcome|welcome back|(?:happy|glad|delighted|pleased) to|my pleasure|(?:great|good|excellent|wonderful|lovely|nice|interesting) (?:question|work|job|start|thinking|effort|choice|idea|problem)|well done|hope (?:this|that|it) helps|feel free|i appreciate|hello|hi there|good (?:morning|day|evening)|of course!|you're doing (?:great|well)|best of luck|good luck|let me know if|(?:don't|do not) hesitate|take care)\b/;

const APOLOGY = /\b(?:sorry|apolog(?:y|ies|i[sz]e|i[sz]ing)|forgive me|pardon|unfortunately, i|i'm afraid|my bad)\b/;

const LINKS =
  /\b(?:now that (?:we|you|i)|as (?:we|you|i) (?:said|saw|mentioned|discussed|noted|found|worked)|(?:since|because) you (?:said|mentioned|told|asked|shared|want|are)|you(?:'ve| have)? (?:mentioned|said|told me|shared|pointed out|asked about)|building on|picking up|coming back to|going back to|with that (?:in mind|settled|out of the way|information)|from what you|so far we|earlier (?:we|you|i)|that brings us|which brings us|given what you|thanks for (?:sharing|explaining|clarifying|telling)|let's (?:pick up|carry on|continue))\b/;

const OPENERS =
  /^\W*(?:(?:great|good|excellent|interesting|wonderful|nice) (?:question|problem|point|idea|choice)|that(?:'s| is) an? (?:\w+ )?(?:great|good|excellent|interesting|wonderful|nice) |sure\b|certainly\b|of course\b|absolutely\b|definitely\b|okay\b|ok\b|alright\b|well,|so,|let me\b|let's\b|i(?:'ll| will| am going to|'m going to) (?:now |first )?(?:explain|walk|show|help|go|break|start|try|solve|work)|(?:i'm|i am|i'd be|i would be) (?:happy|glad|delighted)|thank|hello\b|hi\b|to answer (?:your|this)|now that\b|in this (?:response|reply|answer)|here(?:'s| is) (?:how|a (?:detailed|step|breakdown|walk)|what you|the (?:explanation|breakdown))|before (?:we|i) )/;

const META =
  /\b(?:let me (?:walk|explain|break|start|begin|show|know)|let's (?:dive|get started|walk through|break (?:it|this) down)|i(?:'ll| will) (?:walk you|explain|break)|i hope (?:this|that) helps|in this (?:response|reply|answer)|as (?:an ai|i mentioned)|without further ado|great question|now,? let's|moving on)\b/;
