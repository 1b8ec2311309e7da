/**
 * Splits prose (no code fences) into sentences.
 *
 * Formulas, decimals, addresses and abbreviations do not end a sentence. A list item is at least one sentence; a lead-in that ends with a colon belongs to
 * the first item after it. Headings and rules count for nothing, a whole table counts as one.
 */
export function sentencesOf(prose: string): string[] {
  const sentences: string[] = [];
  for (const paragraph of paragraphsOf(maskFormulas(prose))) sentences.push(...splitParagraph(paragraph));
  return sentences;
}

/** Number of sentences outside code fences. */
export function countSentences(reply: string): number {
  return sentencesOf(withoutFences(reply)).length;
}

/** The text with every fenced block replaced by an empty line; an unclosed fence reaches to the end, as renderers treat it. */
export function withoutFences(text: string): string {
  return text.replace(FENCE, '\n\n');
}

/** A fence opens with at least three backticks or tildes at a line's start and closes with the same mark. */
export const FENCE = /^[ \t]*(`{3,}|~{3,})[ \t]*([^\s`]*)[^\n]*\n([\s\S]*?)(?:^[ \t]*\1[`~]*[ \t]*$|(?![\s\S]))/gm;

/** The line starts a list item: its marker (with white space) and the rest. */
export const LIST_ITEM = /^(\s*(?:[-*+•–]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+)(\S.*)$/;

/** Formulas become one word, keeping the mark that ends a sentence inside or right after them. */
export function maskFormulas(text: string): string {
  const mask = (formula: string): string => (/[.!?]\s*(?:\$\$|\\\]|\$|\\\))$/.test(formula) ? ' Formula. ' : ' Formula ');
  return text
    .replace(/\$\$[\s\S]+?\$\$/g, mask)
    .replace(/\\\[[\s\S]+?\\\]/g, mask)
    .replace(/\\\([\s\S]+?\\\)/g, 'Formula')
    .replace(/\$(?=\S)[^$\n]+?(?<=\S)\$(?!\d)/g, 'Formula')
    .replace(/`[^`\n]+`/g, 'Code')
    .replace(/\bhttps?:\/\/\S+?(?=[.,;:!?)]*(?:\s|$))/g, 'Link');
}

function paragraphsOf(text: string): string[] {
  const paragraphs: string[] = [];
  let open = '';
  let leadIn = false;
  const close = (): void => {
    if (open.trim() !== '') paragraphs.push(open.trim());
    open = '';
    leadIn = false;
  };
  let inTable = false;
  for (const line of text.split(/\r?\n/)) {
    const isTable = /^\s*\|.*\|\s*$/.test(line);
    if (isTable && !inTable) {
      if (!open.trim().endsWith(':')) close();
      open += ' Table';
    }
    if (inTable && !isTable) close();
    inTable = isTable;
    if (isTable) continue;
    const item = LIST_ITEM.exec(line);
    if (/^\s*(?:#{1,6}\s|[-*_=]{3,}\s*$)/.test(line)) close();
    else if (line.trim() === '') {
      if (open.trim().endsWith(':')) leadIn = true;
      else close();
    } else if (item !== null) {
      if (!open.trim().endsWith(':')) close();
      open += ` ${item[2]}`;
    } else {
      // A lead-in keeps its formula, list or table across an empty line, but not the next paragraph.
      if (leadIn && !/^\s*Formula/.test(line)) close();
      if (/^\s*(?:\*\*)?[A-Z][\w ;'-]{1,25}(?:\*\*)?:(?:\*\*)?\s/.test(line) && !open.trim().endsWith(':')) close();
      open += ` ${line.trim()}`;
    }
  }
  close();
  return paragraphs;
}

function splitParagraph(paragraph: string): string[] {
  const sentences: string[] = [];
  let start = 0;
  for (const match of paragraph.matchAll(/[.!?…]+["'”’)\]*_]*(?=\s|$)/g)) {
    const end = match.index + match[0].length;
    if (!endsSentence(paragraph, match.index, end)) continue;
    sentences.push(paragraph.slice(start, end).trim());
    start = end;
  }
  sentences.push(paragraph.slice(start).trim());
  return sentences.filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}

function endsSentence(text: string, mark: number, end: number): boolean {
  const next = text.slice(end).trimStart()[0];
  if (next === undefined) return true;
  if (/[!?]/.test(text.slice(mark, end)) && !/\p{Ll}/u.test(next)) return true;
  const word = /[\p{L}\p{N}.]*$/u.exec(text.slice(0, mark))?.[0] ?? '';
  if (NEVER_LAST.has(word.toLowerCase())) return false;
  if (word.toLowerCase() === 'no' && /\d/.test(next)) return false;
  if (/^\p{Lu}$/u.test(word) && /\p{Lu}\p{Ll}+\s+$/u.test(text.slice(0, mark - 1)) && /\p{Lu}/u.test(next)) return false;
  return !/\p{Ll}/u.test(next);
}

/** Abbreviations that a sentence does not end with, without their last dot. "etc." and "U.S." may end one: the next letter decides. */
const NEVER_LAST = new Set(
  'e.g|i.e|cf|vs|approx|resp|viz|dr|mr|mrs|ms|prof|st|fig|figs|eq|eqs|sec|ch|vol|pp|ed|jr|sr|a.k.a|w.r.t|s.t|thm|def|prop|lem|ex'.split('|'),
);
