import { words } from '../text.ts';

/** One or two words that name what the user talks about, taken from the user's own messages; words that a rule check looks for are passed over. */
export function topicOf(userMessages: readonly string[]): string {
  const counted = new Map<string, number>();
  for (const word of words(userMessages[0] ?? '')) {
    if (word.length >= 5 && /^[a-z]+$/.test(word) && !LOADED.test(word)) counted.set(word, (counted.get(word) ?? 0) + 1);
  }
  const chosen = [...counted.keys()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1)).slice(0, 2);
  return chosen.length === 0 ? 'this' : chosen.join(' and ');
}

/** Words of tasks and wishes: in a reply they could read as a heading, a proof, an example, a suggestion … that is not there. */
const LOADED =
  /^(?:about|concept|behind|working|calculation|project|script|library|terminal|there|where|which|while|would|could|should|might|other|these|those|their|stuck|something|things?|roughly|quick|question|please|hello|right|after|again|procedure|understand|learning|answer|result|solution|value|claim|statement|theorem|sketch|outline|overview|proof|prove|formal|recap|intuition|example|instance|imagine|picture|parameters?|arguments?|options?|accepts|takes|definition|defined|means|refers|denotes|exceptions?|special|exercise|practice|practi[sc]ing|linear|constant|quadratic|time|complexity|because|since|reason|therefore|assum\w+|suppose|given|confiden\w+|certain|approach\w*|method|option|choice|recommend\w*|suggest\w*|consider\w*|plan|phases?|stages?|steps?|takeaway\w*|summary|table|title|briefly|step|thanks|thank|welcome|sorry|pardon|simplify\w*|substitut\w+|adding|divid\w+|factor\w*|expand\w*|rule|using|asking|frustrating|annoying|alternatives|compare)$/;
