import { exactNumber } from './exact-number.ts';

/**
 * Whether two answers are plainly the same: equal numbers in any notation (1/2, 0.5, \frac{1}{2}, 50%), the same option letter ("(A) foo" and "A"), the same value
 * after an assignment ("x = 3" and "3"), the same list, or the same text without LaTeX, spacing and case. Exact, never approximate; a yes is meant to be
 * certain, a no only says that it is not plain (2(x+1) and 2x+2 are not recognised as equal).
 */
export function sameAnswer(a: string, b: string): boolean {
  const left = plainAnswer(a);
  const right = plainAnswer(b);
  if (left === '' || right === '') return false;
  return sameOption(left, right) ?? sameValue(left, right);
}

function sameOption(a: string, b: string): boolean | null {
  const left = optionOf(a);
  const right = optionOf(b);
  if (left === null && right === null) return null;
  if (left !== null && right !== null) {
    // Two bare texts such as "A" and "a" may also be variables; as options they are one.
    return left.letter === right.letter;
  }
  const option = left ?? right;
  const other = left === null ? a : b;
  return option !== null && option.text !== '' && sameValue(option.text, other);
}

/** "(A) foo", "A) foo", "A. foo", "(a)" or a bare capital letter A to J. */
function optionOf(text: string): { letter: string; text: string } | null {
  const match = /^(?:option |choice )?(?:\(([a-j])\)\s*(.*)|([a-j])[.):]\s+(\S.*)|([a-j])[.)]?)$/is.exec(text);
  if (match === null) return null;
  const letter = match[1] ?? match[3] ?? match[5] ?? '';
  return { letter: letter.toUpperCase(), text: (match[2] ?? match[4] ?? '').trim() };
}

function sameValue(a: string, b: string): boolean {
  const left = assignment(a);
  const right = assignment(b);
  if (left.name !== null && right.name !== null && left.name !== right.name) return false;
  return sameItems(left.value, right.value);
}

function sameItems(a: string, b: string): boolean {
  if (sameScalar(a, b)) return true;
  const left = itemsOf(a);
  const right = itemsOf(b);
  if (left.items.length < 2 || left.items.length !== right.items.length || left.brackets !== right.brackets) return false;
  if (left.brackets !== '' && left.brackets !== '{}') return left.items.every((item, index) => sameValue(item, right.items[index] ?? ''));
  const open = [...right.items];
  return left.items.every((item) => {
    const found = open.findIndex((candidate) => sameValue(item, candidate));
    if (found >= 0) open.splice(found, 1);
    return found >= 0;
  });
}

function sameScalar(a: string, b: string): boolean {
  const left = withUnit(a);
  const right = withUnit(b);
  if (left !== null && right !== null) {
    const equal = left.number.numerator === right.number.numerator && left.number.denominator === right.number.denominator;
    return equal && (left.unit === right.unit || left.unit === '' || right.unit === '');
  }
  if (left !== null || right !== null) return false;
  return a.replace(/\s+/g, '').toLowerCase() === b.replace(/\s+/g, '').toLowerCase();
}

function withUnit(text: string): { number: NonNullable<ReturnType<typeof exactNumber>>; unit: string } | null {
  const whole = exactNumber(text);
  if (whole !== null) return { number: whole, unit: '' };
  const match = /^([-+]?[\d.,]*\d(?:\s*\/\s*\d+)?(?:\s+\d+\s*\/\s*\d+)?)\s*(°|[a-z]{2,}(?:[ /][a-z^0-9]+)*|(?<=\s)[a-z])$/i.exec(text);
  if (match === null) return null;
  const number = exactNumber(match[1] ?? '');
  const unit = (match[2] ?? '').toLowerCase().replace(/^degrees?$/, '°');
  return number === null || FUNCTIONS.test(unit) ? null : { number, unit: unit.replace(/(?<=..)s$/, '') };
}

function assignment(text: string): { name: string | null; value: string } {
  const match = /^([a-z](?:_?\w{1,3})?(?:\([a-z]\))?)\s*=\s*([^=]+)$/i.exec(text);
  return match === null ? { name: null, value: text } : { name: match[1] ?? null, value: (match[2] ?? '').trim() };
}

function itemsOf(text: string): { brackets: string; items: string[] } {
  const bracketed = /^([([{])(.*)([)\]}])$/s.exec(text);
  const inner = bracketed === null ? text : (bracketed[2] ?? '');
  const items: string[] = [];
  let depth = 0;
  let item = '';
  for (const character of inner.replace(/\s+(?:and|or)\s+/gi, ',').replace(/,\s*,/g, ',')) {
    if ('([{'.includes(character)) depth += 1;
    if (')]}'.includes(character)) depth -= 1;
    if ((character === ',' || character === ';') && depth === 0) {
      items.push(item.trim());
      item = '';
    } else item += character;
  }
  items.push(item.trim());
  return { brackets: bracketed === null ? '' : `${bracketed[1]}${bracketed[3]}`, items };
}

/** The answer without LaTeX, Markdown, currency signs and a closing full stop. */
function plainAnswer(answer: string): string {
  let text = answer.trim().replace(/[*_`]{2,}|`/g, '').replace(/^\$+|\$+$/g, '').replace(/[−–]/g, '-');
  const boxed = /^\\(?:boxed|fbox)\s*\{(.*)\}$/s.exec(text);
  if (boxed !== null) text = boxed[1] ?? '';
  const set = /^\{([^{}]*,[^{}]*)\}$/.exec(text);
  if (set !== null) text = `\\{${set[1] ?? ''}\\}`;
  text = text
    .replace(/\\\$|\$(?=\d)|[€£](?=\d)|\$/g, '')
    .replace(/\\(?:left|right|displaystyle|limits)(?![a-z])|\\[,!;:> ]|~/g, ' ')
    .replace(/\\(?:text|mathrm|mathbf|textbf|mbox|operatorname)\s*\{([^{}]*)\}/g, ' $1 ')
    .replace(/\\[dtc]frac/g, '\\frac')
    .replace(/\\frac\s*(\d)\s*(\d)/g, '\\frac{$1}{$2}')
    .replace(/\\%/g, '%')
    .replace(/\^\s*\{?\s*\\circ\s*\}?/g, '°')
    .replace(/\\(?:cdot|times)(?![a-z])/g, '*')
    .replace(/\\[{}]/g, (brace) => (brace === '\\{' ? '⦃' : '⦄'));
  for (let round = 0; round < 4; round += 1) {
    text = text
      .replace(/(\d)\s*\\frac\{(-?\d+)\}\{(\d+)\}/g, '$1 $2/$3')
      .replace(/\\frac\{([^{}]*)\}\{([^{}]*)\}/g, (_, top: string, bottom: string) => `${wrap(top)}/${wrap(bottom)}`)
      .replace(/\\sqrt\{([^{}]*)\}|\\sqrt\s*(\w)/g, (_, long?: string, short?: string) => `sqrt(${long ?? short ?? ''})`)
      .replace(/\^\{([^{}]*)\}/g, (_, exponent: string) => `^${wrap(exponent)}`);
  }
  return text
    .replace(/[{}]/g, '')
    .replace(/⦃/g, '{')
    .replace(/⦄/g, '}')
    .replace(/²/g, '^2')
    .replace(/π|\\pi(?![a-z])/g, 'pi')
    .replace(/\\(?=[a-z])/gi, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/(?<=\S)[.;,]$/, '')
    .trim();
}

function wrap(part: string): string {
  const trimmed = part.trim();
  return /^-?\\?[\w.]+$/.test(trimmed) ? trimmed : `(${trimmed})`;
}

/** Words after a number that make it a formula, not a quantity. */
const FUNCTIONS = /^(?:pi|sqrt|sin|cos|tan|log|ln|exp|or|and|[ij])$/;
