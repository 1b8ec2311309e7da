/**
 * Words that show effort in a text, as patterns for whole words in any case (spec: algorithm.md 7.3). They see only the words and miss most of
 * what users mean, so the counters made with them stand beside the structured ones and replace none.
 */
export const ENFORCEMENT_CUES = wholeWords(['please use', 'I asked for', 'remember that I', 'as I mentioned', 'like I said', 'I prefer']);

/** The same for dissatisfaction. */
export const DISAPPOINTMENT_CUES = wholeWords(['not what I wanted', "that's not", 'I said', 'too long', 'too short', 'wrong format']);

function wholeWords(cues: readonly string[]): string {
  const patterns = cues.map((cue) => cue.replaceAll(' ', '\\s+').replaceAll("'", "['’]"));
  return `(?i)\\b(${patterns.join('|')})\\b`;
}
