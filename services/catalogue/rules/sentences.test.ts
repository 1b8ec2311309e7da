import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { countSentences } from './sentences.ts';

describe('countSentences', () => {
  test.each([
    ['', 0],
    ['One.', 1],
    ['No full stop', 1],
    ['One. Two! Three? Four', 4],
    ['Pi is 3.14 and e is 2.71.', 1],
    ['Take e.g. the first, i.e. the left, vs. the right. Done.', 2],
    ['Dr. Smith and Prof. Jones agree. So does Ann J. Smith.', 2],
    ['See Fig. 3 and Eq. (4). Good.', 2],
    ['We get $a. b$ and \\(x = 1.5\\). Done.', 2],
    ['It follows that $$x = 3.$$ Next, we add.', 2],
    ['Visit https://example.org/a.b?c=1. Then stop.', 2],
    ['Wait... what? Yes.', 2],
    ['Run `a.b()`. Done.', 2],
    ['## Heading\nOne. Two.', 2],
    ['- a\n- b\n- c', 3],
    ['Options:\n- a\n- b', 2],
    ['1. First. Second.\n2. Third.', 3],
    ['Code:\n```py\na. b. c. d.\n```\nDone.', 2],
    ['Unclosed:\n```py\na. b. c.', 1],
    ['| a | b |\n|---|---|\n| 1. | 2. |\n\nDone.', 2],
    ['One line\nwrapped here.', 1],
    ['One\n\nTwo', 2],
    ['She said "Stop!" and left. Fine.', 2],
    ['The U.S. economy grew. Good.', 2],
    ['Ask Ann.\n\nSee: it.\n\nBye', 3],
    ['We get:\n\n$$x = 3$$\n\nThe answer is C. Then stop.', 3],
    ['**Answer:** 42\n**Confidence:** high', 2],
  ])('%j has %d', (text, count) => expect(countSentences(text)).toBe(count));

  test('plain sentences are counted exactly', () => {
    const word = fc.constantFrom('apple', 'river', 'counts', 'seven', 'light');
    const sentence = fc.tuple(fc.array(word, { minLength: 2, maxLength: 6 }), fc.constantFrom('.', '!', '?')).map(([words, mark]) => `The ${words.join(' ')}${mark}`);
    fc.assert(fc.property(fc.array(sentence, { maxLength: 8 }), (sentences) => countSentences(sentences.join(' ')) === sentences.length), { seed: 7 });
  });
});
