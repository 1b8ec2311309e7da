import { finalAnswerOf, sameAnswer } from '../../catalogue/index.ts';
import { TEXT_CACHE_ENTRIES } from '../parameters.ts';
import { memoize } from '../../platform/memoize.ts';

/** A sentence that states the answer so that a reader finds it; formulas and long texts need a box around them. */
export const answerSentence = memoize(TEXT_CACHE_ENTRIES, (answer): string => {
  const forms = [`The answer is ${answer}.`, `The answer is $${answer}$.`, `The answer is \\boxed{${answer}}.`];
  const readable = forms.find((form) => {
    // Something may follow: an answer that ends like an abbreviation ("42 degrees C.") must not run on.
    const found = finalAnswerOf(`${form} More follows here.`);
    return found !== null && sameAnswer(found, answer);
  });
  return readable ?? (forms[0] as string);
});
