import type { ReplyView } from './reply-view.ts';
import type { Rule } from './rule.ts';

/** How a reply is laid out: lists, headings, tables, and what stands first or last. */
export const layoutRules = {
  bullets: {
    summary: 'At least one bulleted list item.',
    opposes: ['numbered-steps'],
    asks: [/\bbullet(?:s|ed)?\b/],
    unless: [/\bor (?:a )?number(?:s|ed)\b/],
    check: (reply) => (reply.clarifyingOnly ? null : reply.items.some((item) => item.number === null)),
  },
  'list-items': {
    summary: 'At least one list item, bulleted or numbered.',
    opposes: [],
    asks: [/\bbullet(?:s|ed)?\b[^]*\bor (?:a )?number(?:s|ed)\b/, /\b(?:as|in|into|with) (?:a |some )?lists?(?: form| items?)?\b/],
    unless: [/\bcomponent/, /\bnumbered (?:steps|list)/],
    check: (reply) => (reply.clarifyingOnly ? null : reply.items.length > 0),
  },
  'numbered-steps': {
    summary: 'Numbered steps, at least two, counting up.',
    opposes: ['bullets'],
    asks: [/\bnumber(?:ed|ing)? (?:the |each |all |every )?(?:list|steps?|points|items|sequence|instructions|order)\b/, /\bsteps? (?:\w+ ){0,3}(?:numbered|with numbers)\b/, /\bnumbers? (?:for|on|before) (?:each|every) step\b/],
    unless: [/\bor numbered\b/],
    check: (reply) => (reply.clarifyingOnly ? null : countsUp(reply)),
  },
  headings: {
    summary: 'A Markdown heading (or a bold line) over each section.',
    opposes: [],
    asks: [/\b(?:sub)?head(?:ing|er)s?\b/, /\bsection titles?\b/],
    check: (reply) => (reply.clarifyingOnly ? null : reply.lines.some((line) => /^\s{0,3}#{1,6}\s+\S|^\s*\*\*[^*]{2,80}\*\*:?\s*$/.test(line))),
  },
  'tldr-at-end': {
    summary: 'Ends with a one-line TL;DR.',
    opposes: [],
    asks: [/\btl;?\s?dr\b/, /\b(?:one|single)[- ](?:line|sentence) summary\b/, /\bsum(?:marise|marize| it)? (?:it )?up in (?:one|a single) line\b/],
    check: (reply) => (reply.clarifyingOnly ? null : /^[\s*_#>-]*(?:tl;?\s?dr|in (?:short|a nutshell|one line|one sentence)|bottom line|summary)\b[^]{0,3}[:,;-—]?.*\S/i.test(lastLine(reply))),
  },
  takeaways: {
    summary: 'Offers key takeaways or a summary of the main points once there is an answer.',
    opposes: [],
    asks: [/\btake-?aways?\b/, /\b(?:summar(?:y|ise|ize)|recap) (?:of )?(?:\w+ ){0,3}(?:key |main )?(?:points|ideas|lessons|we covered|for (?:future|later) reference)\b/, /\bsummary\b.*\b(?:reference|wind|wrap|end of (?:the|our) (?:conversation|chat|session))/],
    unless: [/\btl;?\s?dr\b/],
    check: (reply, { userMessage }) => {
      if (/\btake-?aways?\b|\b(?:to|let me|let's|in) (?:sum(?:mar(?:y|ise|ize))?|recap)\b|\b(?:key|main) (?:points|ideas|lessons)\b|^\W*(?:summary|recap)\b/im.test(reply.prose)) return true;
      const windingDown = /\b(?:thanks|thank you|that's all|that is all|got it|i'm done|wrap(?:ping)? up|bye|goodbye)\b/i.test(userMessage.replace(/’/g, "'"));
      return reply.answer !== null || windingDown ? false : null;
    },
  },
  'outline-first': {
    summary: 'Opens with an outline of what the reply will cover.',
    opposes: [],
    asks: [/\b(?:out-?line|overview|road-?map|agenda)\b.*\b(?:cover|first|start|begin|before|up front|top|follow|come)/, /\b(?:start|begin|open|lead)\w*\b.*\b(?:out-?line|overview|road-?map)\b/, /\bfirst (?:give |show |write )?(?:me )?an? (?:short |brief )?(?:out-?line|overview)\b/],
    check: (reply) => {
      if (reply.clarifyingOnly) return null;
      const opening = `${reply.sentences.slice(0, 2).join(' ')} ${reply.lines.filter((line) => line.trim() !== '').slice(0, 3).join(' ')}`;
      return /\b(?:out-?line|overview|road-?map|agenda)\b|\b(?:here(?:'|’)?s|here is) (?:what|how) (?:we|i)(?:'|’)?(?:ll| will| are going)\b|\b(?:we|i)(?:'|’)?(?:ll| will) (?:cover|go through|first\b.*\bthen)\b|\bfirst\b[^.]*\bthen\b[^.]*\bfinally\b/i.test(opening);
    },
  },
  'comparison-table': {
    summary: 'A table that compares the options by criteria.',
    opposes: ['one-recommendation'],
    asks: [/\btable\b/, /\bmatrix of (?:trade-?offs|criteria)\b/, /\btabular\b/],
    check: (reply) => (reply.clarifyingOnly ? null : /^\s*\|.*\|\s*\n\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+\|?\s*$/m.test(reply.prose)),
  },
} satisfies Record<string, Rule>;

function countsUp(reply: ReplyView): boolean {
  const numbers = reply.items.flatMap((item) => item.number ?? []);
  const spoken = [...reply.prose.matchAll(/^[\s*_#]*step (\d+)\b/gim)].map((match) => Number(match[1]));
  return [numbers, spoken].some((list) => list.some((number, index) => index > 0 && number === (list[index - 1] ?? 0) + 1));
}

function lastLine(reply: ReplyView): string {
  return reply.lines.filter((line) => line.trim() !== '').at(-1) ?? '';
}
