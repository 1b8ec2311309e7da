import { readFileSync } from 'node:fs';
import { Preference } from '../../gen/attune/profile/v1/profile.ts';
import { openCatalogue } from '../../catalogue/index.ts';
import type { MatchingAccuracy } from '../sections/memory/model.ts';
import { createMatcher } from './match.ts';

/**
 * How often match.ts is right on labelled-texts.txt, against all preferences of the catalogue at once, which is harder than one user's profile: a text counts as
 * right when exactly the labelled preference is found, and for a text that expresses none when none is.
 */
export function matchingAccuracy(): MatchingAccuracy {
  const { match } = createMatcher(openCatalogue('v2').preferences.map(({ id, condition, action, rule }) => Preference.fromPartial({ id, condition, action, rule })));
  const labelled = labelledTexts();
  const positives = labelled.filter(({ id }) => id !== null);
  const negatives = labelled.filter(({ id }) => id === null);
  return {
    positives: positives.length,
    recall: positives.filter(({ id, text }) => match(text).join() === id).length / positives.length,
    negatives: negatives.length,
    falsePositives: negatives.filter(({ text }) => match(text).length > 0).length / negatives.length,
  };
}

/** Lines "id | text", "-" for no preference; others are headings. */
export function labelledTexts(): { id: string | null; text: string }[] {
  return readFileSync(new URL('./labelled-texts.txt', import.meta.url), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const found = /^(\S+) \| (.+)$/.exec(line);
      return found && !line.startsWith('#') ? [{ id: found[1] === '-' ? null : found[1]!, text: found[2]! }] : [];
    });
}
