import type { CodeBlock, ReplyView } from './reply-view.ts';
import type { Rule } from './rule.ts';

/** How code is written: names, comments, exceptions. */
export const codeRules = {
  'snake-case-and-type-hints': {
    summary: 'snake_case names, and type hints on Python functions.',
    opposes: ['camel-case'],
    asks: [/\bsnake[_ -]?case\b/, /\btype (?:hints?|annotations?)\b/],
    check: (reply) => {
      const blocks = programs(reply);
      const names = blocks.flatMap(definedNames);
      if (names.length === 0) return null;
      if (names.some((name) => /^[a-z][a-z0-9]*[A-Z]/.test(name))) return false;
      const headers = blocks.flatMap((block) => block.code.match(/^\s*(?:async\s+)?def\s+\w+\s*\(([^)]*)\)\s*(?:->\s*[^:]+)?:/gm) ?? []);
      return headers.every((header) => /->|\(\s*(?:self|cls)?\s*\)|\w\s*:\s*\w[^)]*\)/.test(header));
    },
  },
  'camel-case': {
    summary: 'camelCase variables and functions, PascalCase classes.',
    opposes: ['snake-case-and-type-hints'],
    asks: [/\bcamel[_ -]?case\b/, /\bpascal[_ -]?case\b/],
    check: (reply) => {
      const blocks = programs(reply);
      const names = blocks.flatMap(definedNames);
      const classes = blocks.flatMap((block) => [...block.code.matchAll(/\bclass\s+([A-Za-z_]\w*)/g)].map((match) => match[1] ?? ''));
      if (names.length + classes.length === 0) return null;
      return !names.some((name) => /[a-z0-9]_[a-z0-9]/i.test(name) && !/^[A-Z0-9_]+$/.test(name)) && classes.every((name) => /^[A-Z][A-Za-z0-9]*$/.test(name));
    },
  },
  'sql-keywords-upper': {
    summary: 'SQL keywords in upper case, identifiers in lower case.',
    opposes: [],
    asks: [/\bkeywords?\b[^.]{0,30}\b(?:upper|capital|caps)/, /\b(?:upper-?case|capital(?:ised|ized)?)\b[^.]{0,20}\bkeywords?\b/],
    check: (reply) => {
      const blocks = reply.blocks.filter((block) => /sql/.test(block.language) || (block.language === '' && /\bselect\b[^]*\bfrom\b/i.test(block.code)));
      if (blocks.length === 0) return null;
      return blocks.every((block) => {
        const code = block.code.replace(/'[^']*'|--[^\n]*/g, '');
        return (code.match(SQL_KEYWORD) ?? []).every((word) => word === word.toUpperCase()) && (code.match(/\b[a-z_]\w*\b/gi) ?? []).every((word) => SQL_WORD.test(word) || word === word.toLowerCase());
      });
    },
  },
  'inline-comments': {
    summary: 'A comment for each logical block of code.',
    opposes: ['docstrings'],
    asks: [/\b(?:inline )?comments?\b[^.]{0,40}\b(?:each|every|per|all|block|section|line|above|dense)/, /\b(?:each|every|per)\b[^.]{0,30}\bcomment(?:s|ed)?\b/, /\b(?:use|add|write|with|include|prefer|want|like) (?:\w+ ){0,2}(?:inline|in-line) comments?\b/],
    unless: [/\bdoc-?strings?\b/, /\b(?:output|result)s?\b[^.]{0,30}\bcomments?\b/],
    check: (reply) => {
      const blocks = programs(reply);
      if (blocks.length === 0) return null;
      return blocks.every((block) => {
        const parts = block.code.split(/\n\s*\n/).filter((part) => part.trim() !== '');
        const commented = parts.filter((part) => /(?:^|\s)(?:#(?!!)|\/\/|--|\/\*)\s*\S/.test(part)).length;
        return commented >= Math.max(1, Math.ceil(parts.length * 0.6));
      });
    },
  },
  docstrings: {
    summary: 'Docstrings (or doc comments) on functions and classes, few inline comments.',
    opposes: ['inline-comments'],
    asks: [/\bdoc-?strings?\b/, /\bdoc(?:umentation)? comments?\b/],
    check: (reply) => {
      const blocks = programs(reply).filter((block) => /\b(?:def|class|function)\s+\w/.test(block.code));
      if (blocks.length === 0) return null;
      return blocks.every((block) => {
        const documented = /"""|'''|\/\*\*/.test(block.code);
        const inline = (block.code.replace(/"""[^]*?"""|'''[^]*?'''|\/\*[^]*?\*\//g, '').match(/(?:^|\s)(?:#|\/\/)\s/gm) ?? []).length;
        return documented && inline <= Math.max(2, block.code.split('\n').length / 12);
      });
    },
  },
  'specific-exceptions': {
    summary: 'Catches specific exception types, never everything.',
    opposes: [],
    asks: [/\bspecific\b[^.]{0,25}\b(?:exceptions?|errors?)\b/, /\b(?:no|never|not|avoid|without)\b[^.]{0,20}\b(?:bare|catch-?all|blanket|broad)\b/, /\bexact (?:exception|error) (?:types?|class(?:es)?)\b/],
    check: (reply) => {
      const blocks = programs(reply).filter((block) => /\bexcept\b|\bcatch\b/.test(block.code));
      if (blocks.length === 0) return null;
      return blocks.every((block) => {
        if (/\bexcept\s*:|\bexcept\s+(?:Base)?Exception\b|\bcatch\s*\(\s*(?:Exception|Throwable|\.\.\.)/.test(block.code)) return false;
        const untyped = /\bcatch\s*(?:\(\s*\w+\s*(?::\s*\w+)?\s*\))?\s*\{/.test(block.code);
        return !untyped || /\binstanceof\b|\.(?:code|name)\s*===?/.test(block.code);
      });
    },
  },
} satisfies Record<string, Rule>;

/** Blocks that hold a program: not a shell session, plain output or data. */
function programs(reply: ReplyView): CodeBlock[] {
  return reply.blocks.filter((block) => !/^(?:bash|sh|shell|zsh|console|terminal|powershell|text|txt|plaintext|output|json|yaml|toml|csv|markdown|md|latex|tex|math)$/.test(block.language));
}

/** Names of functions, parameters and variables that the code defines. Class names and constants are not among them. */
function definedNames(block: CodeBlock): string[] {
  const code = block.code.replace(/"""[^]*?"""|'''[^]*?'''|"[^"\n]*"|'[^'\n]*'|\/\/[^\n]*|#[^\n]*/g, '""');
  const names = [...code.matchAll(/\b(?:def|function|const|let|var|fn|func)\s+([A-Za-z_]\w*)/g), ...code.matchAll(/^\s*([A-Za-z_]\w*)\s*(?::[^=\n]+)?=(?!=)/gm), ...code.matchAll(/\bfor\s+([A-Za-z_]\w*)\s+(?:in|of)\b/g)].map((match) => match[1] ?? '');
  for (const header of code.matchAll(/\b(?:def|function)\s+\w+\s*\(([^)]*)\)/g)) {
    for (const parameter of (header[1] ?? '').split(',')) names.push(/^\s*\**([A-Za-z_]\w*)/.exec(parameter)?.[1] ?? '');
  }
  return names.filter((name) => name !== '' && !/^[A-Z]/.test(name) && !/^__/.test(name));
}

const SQL_KEYWORD = /\b(?:select|from|where|group\s+by|order\s+by|having|insert\s+into|values|update|set|delete|inner|left|right|outer|full|join|on|as|and|or|not|null|in|is|like|between|distinct|limit|union|create|table|alter|drop|case|when|then|else|end|count|sum|avg|min|max|desc|asc|with)\b/gi;
const SQL_WORD = /^(?:[A-Z_]+|select|from|where|group|by|order|having)$/;
