/** The lower-case words and numbers of a text, in order. */
export function words(text: string): string[] {
  return text.toLowerCase().match(/\p{L}+(?:['’]\p{L}+)?|\d+(?:[.,]\d+)*/gu) ?? [];
}

/** Words that tell what a text is about: no stop words, plural endings cut so that "proofs" meets "proof". */
export function contentWords(text: string): Set<string> {
  const found = new Set<string>();
  for (const word of words(text)) if (!STOP_WORDS.has(word)) found.add(stem(word));
  return found;
}

export function isContentWord(word: string): boolean {
  return !STOP_WORDS.has(word);
}

/** Sentences and lines of a text in order, trimmed; fenced code is left out and "e.g." ends nothing. */
export function sentences(text: string): string[] {
  return text
    .replace(/```[\s\S]*?(?:```|$)/g, '\n')
    .split(/\n+|(?<=[.!?]["')\]]*)(?<!\b(?:e\.g|i\.e|vs|cf)\.)\s+(?=["'(\[]?[\p{Lu}\d])/u)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** "Use bullets." becomes "use bullets"; "I", acronyms and camelCase words keep their form. */
export function lowerFirst(text: string): string {
  return /^(?:I\b|\p{Lu}[\p{Lu}\d]|\w+\p{Ll}\p{Lu})/u.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

export function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function stem(word: string): string {
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}

const STOP_WORDS = new Set(
  `a about above after again all also am an and any are as at be because been before being below between both but by can could did do does
  doing down during each few for from further had has have having he her here hers him his how i i'd i'll i'm i've if in into is it it's its
  just me more most my no nor not now of off on once only or other our out over own same she should so some such than that the their them
  then there these they this those through to too under until up very was we were what when where which while who whom will with would you
  your yours please let let's get got give given gives want need needs like thing something stuff okay ok yes hi hello hey help sure one`
    .split(/\s+/),
);
