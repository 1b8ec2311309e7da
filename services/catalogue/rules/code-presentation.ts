import type { Rule } from './rule.ts';

/** How code stands in a reply: blocks, tags, commands, examples. */
export const codePresentationRules = {
  'fence-language': {
    summary: 'Every code fence carries a language tag.',
    opposes: [],
    asks: [/\blanguage (?:tag|label|identifier|name|hint|specifier)s?\b/, /\b(?:tag|label|mark|annotate)\w*\b[^.]{0,40}\b(?:fence|code block|block)s?\b[^.]{0,30}\blanguage\b/, /\b(?:fence|code block)s?\b[^.]{0,40}\b(?:tag(?:ged)?|label(?:led)?|language)\b/],
    unless: [/\bbash\b/],
    check: (reply) => (reply.blocks.length === 0 ? null : reply.blocks.every((block) => block.language !== '')),
  },
  'one-code-block': {
    summary: 'All code in one block that can be copied whole.',
    opposes: ['code-in-chunks'],
    asks: [/\b(?:one|single|a) (?:\w+ ){0,3}(?:copyable|copy-?pasteable|copy-?paste|complete|code|continuous|self-contained|uninterrupted)?(?: |-)?block\b/, /\ball (?:the |of the )?code (?:\w+ ){0,3}(?:together|in one|block)\b/],
    unless: [/\bbash\b/, /\bper (?:logical )?block\b/, /\b(?:each|every|one comment|comment)\b[^.]{0,20}\bblock\b/],
    check: (reply) => {
      const code = reply.blocks.filter((block) => !/^(?:text|txt|plaintext|output|console)$/.test(block.language));
      return code.length === 0 ? null : code.length === 1;
    },
  },
  'code-in-chunks': {
    summary: 'Code in small chunks with explanation between them.',
    opposes: ['one-code-block'],
    asks: [/\b(?:chunks?|pieces|small (?:parts|blocks|snippets|sections)|bite-?sized)\b[^]*\b(?:explan\w*|explain\w*|prose|between|commentary|text)\b/, /\b(?:split|break)\w*\b[^.]{0,25}\bcode\b/, /\b(?:explan\w+|prose) (?:between|after each)\b/],
    check: (reply) => {
      if (reply.blocks.length === 0) return null;
      return reply.blocks.some((block, index) => {
        const next = reply.blocks[index + 1];
        return next !== undefined && (reply.text.slice(block.end, next.start).match(/\p{L}{2,}/gu) ?? []).length >= 4;
      });
    },
  },
  'bash-block': {
    summary: 'Commands in a bash block, with the expected output as comments.',
    opposes: [],
    asks: [/\b(?:bash|shell|terminal|sh)\b[^.]{0,15}\b(?:code |fenced? )?(?:block|fence|snippet)/, /\bexpected output\b/],
    check: (reply, { userMessage }) => {
      const shell = reply.blocks.filter((block) => /^(?:bash|sh|shell|zsh|console)$/.test(block.language));
      if (shell.length > 0) return shell.every((block) => /^bash$|^sh$|^shell$/.test(block.language)) && shell.some((block) => /^\s*#(?!!)\s*\S/m.test(block.code) || /\s#\s*\S/.test(block.code));
      if (reply.clarifyingOnly) return null;
      const commands = reply.blocks.some((block) => /^\s*(?:\$ |(?:npm|pip|git|cd|ls|docker|sudo|apt|curl|python3?|node|mkdir|grep)\s)/m.test(block.code)) || /^\s*\$ \w|`(?:npm|pip|git|docker|sudo|curl|apt|cd|ls) [^`]+`/m.test(reply.prose);
      return commands || /\b(?:commands?|terminal|shell|bash)\b/i.test(userMessage) ? false : null;
    },
  },
  'example-before-parameters': {
    summary: 'A minimal example stands before the parameters are explained.',
    opposes: ['definition-example-edges'],
    asks: [/\bexamples?\b[^]*\b(?:before|then|first|ahead of|followed by|prior to)\b[^]*\b(?:parameters?|arguments?|options|details|reference|definition|theory)\b/, /\b(?:start|begin|open|lead)\w*\b[^.]{0,20}\bminimal\b[^.]{0,20}\bexample\b/, /\bparameters?\b[^.]{0,30}\bafter\b[^.]{0,30}\bexample/],
    unless: [/\bdefinition[^.]{0,40}\bthen\b[^.]{0,20}\bexample/],
    check: (reply) => {
      if (reply.clarifyingOnly) return null;
      const parameters = reply.text.search(/\b(?:parameters?|arguments?|options|accepts|takes)\b/i);
      const worded = reply.text.search(/\b(?:for example|for instance|example)\b/i);
      const example = Math.min(reply.blocks[0]?.start ?? Infinity, worded < 0 ? Infinity : worded);
      if (example === Infinity) return false;
      return parameters < 0 || example < parameters;
    },
  },
} satisfies Record<string, Rule>;
