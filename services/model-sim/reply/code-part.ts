import type { RuleId } from '../../catalogue/index.ts';
import type { Random } from '../../platform/random.ts';
import { DEFAULT_FENCE_TAG_RATE, DEFAULT_TYPE_HINT_RATE } from '../parameters.ts';

/** The language that a reply's code would be in, by what the user speaks of; null when nothing calls for code. */
export function codeKindOf(domain: string, userMessages: readonly string[]): CodeKind | null {
  const text = userMessages.join(' ').toLowerCase();
  if (/\bsql\b/.test(text)) return 'sql';
  if (/\b(?:javascript|typescript|js|ts)\b/.test(text)) return 'javascript';
  return domain === 'code' || /\b(?:python|code|script|program|function)\b/.test(text) ? 'python' : null;
}

/** The reply's code with its fences, after the rules about names, comments, blocks and tags; a rule that is not there leaves it to habit. */
export function codePart(kind: CodeKind | null, rules: ReadonlySet<RuleId>, random: Random): string {
  const tagged = rules.has('fence-language') || random.chance(DEFAULT_FENCE_TAG_RATE);
  const fence = (code: string): string => `\`\`\`${tagged && kind ? kind : ''}\n${code}\n\`\`\``;
  const shell = rules.has('bash-block') ? [COMMAND] : [];
  if (shell.length > 0 && kind === null && rules.has('code-in-chunks')) return [COMMAND, BETWEEN_CHUNKS, COMMAND.replace('check.py', 'check.py --again')].join('\n\n');
  if (kind === null || (shell.length > 0 && rules.has('one-code-block'))) return shell.join('\n\n');
  const [first, second] = PROGRAMS[kind](styleOf(rules, random));
  const blocks = rules.has('code-in-chunks') ? [fence(first), BETWEEN_CHUNKS, fence(second)] : [fence(`${first}\n\n${second}`)];
  return [...blocks, ...shell].join('\n\n');
}

const COMMAND = '```bash\npython3 check.py\n# prints the total\n```';
const BETWEEN_CHUNKS = 'the next piece only shows what the first one found:';

/** Each program is two pieces, so that it can be shown in one block or in chunks. */
const PROGRAMS: Record<CodeKind, (style: CodeStyle) => [string, string]> = {
  python({ camel, hints, inline, docs, exceptions }) {
    const name = camel ? { find: 'findTotal', items: 'allItems', total: 'runningTotal' } : { find: 'find_total', items: 'all_items', total: 'running_total' };
    const show = `print(${name.find}([1, 2, 3]))`;
    return [
      lines(
        `def ${name.find}(${name.items}${hints ? ': list[int]' : ''})${hints ? ' -> int' : ''}:`,
        docs && '    """Add up all items."""',
        inline && '    # start from nothing',
        `    ${name.total} = 0`,
        '',
        inline && '    # add each item once',
        `    for item in ${name.items}:`,
        `        ${name.total} += item`,
        `    return ${name.total}`,
      ),
      lines(inline && '# show what comes out', exceptions ? `try:\n    ${show}\nexcept TypeError:\n    print("only numbers can be added")` : show),
    ];
  },
  javascript({ snake, inline, docs, exceptions }) {
    const name = snake ? { find: 'find_total', items: 'all_items', total: 'running_total' } : { find: 'findTotal', items: 'allItems', total: 'runningTotal' };
    const show = `console.log(${name.find}([1, 2, 3]));`;
    const guarded = `try {\n  ${show}\n} catch (error) {\n  if (!(error instanceof TypeError)) throw error;\n  console.log('only numbers can be added');\n}`;
    return [
      lines(
        docs && '/** Adds up all items. */',
        `function ${name.find}(${name.items}) {`,
        inline && '  // start from nothing',
        `  let ${name.total} = 0;`,
        '',
        inline && '  // add each item once',
        `  for (const item of ${name.items}) ${name.total} += item;`,
        `  return ${name.total};`,
        '}',
      ),
      lines(inline && '// show what comes out', exceptions ? guarded : show),
    ];
  },
  sql({ upper, inline }) {
    const cased = (text: string): string => (upper ? text.replace(/\b(?:select|from|where|order|by|group)\b/g, (word) => word.toUpperCase()) : text);
    return [
      lines(inline && '-- the rows that matter', cased('select customer, amount\nfrom orders\nwhere amount > 0;')),
      lines(inline && '-- the same rows in order', cased('select customer, amount\nfrom orders\norder by amount;')),
    ];
  },
};

function styleOf(rules: ReadonlySet<RuleId>, random: Random): CodeStyle {
  const snake = rules.has('snake-case-and-type-hints');
  return {
    snake,
    camel: rules.has('camel-case'),
    hints: snake || random.chance(DEFAULT_TYPE_HINT_RATE),
    inline: rules.has('inline-comments'),
    docs: rules.has('docstrings'),
    exceptions: rules.has('specific-exceptions'),
    upper: rules.has('sql-keywords-upper'),
  };
}

function lines(...parts: (string | false)[]): string {
  return parts.filter((part) => part !== false).join('\n');
}

export type CodeKind = 'python' | 'javascript' | 'sql';

interface CodeStyle {
  snake: boolean;
  camel: boolean;
  hints: boolean;
  inline: boolean;
  docs: boolean;
  exceptions: boolean;
  upper: boolean;
}
