/** The adapter or its product did something else than the contract says. */
export class CheckFailed extends Error {}

/** The product does not offer what the check is about. */
export class NotOffered extends Error {}

/** The check cannot be made this time. */
export class NotChecked extends Error {}

/** Ends the check as failed unless the condition holds; the sentence says what was expected and what was found. */
export function must(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new CheckFailed(sentence);
}
