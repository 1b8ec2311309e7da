/** A rational number as a reduced fraction; comparing two is exact, so 0.333 never equals 1/3. */
export interface ExactNumber {
  numerator: bigint;
  /** Always positive. */
  denominator: bigint;
}

/**
 * Reads an integer, decimal, fraction (1/2), mixed number (3 1/2), power of ten (2e-3, 2*10^3) or percentage, with optional thousands commas.
 * The text must be free of LaTeX (see same-answer.ts). Null when it is not one number.
 */
export function exactNumber(text: string): ExactNumber | null {
  const plain = text.replace(/\s+/g, ' ').trim().replace(/^\((.*)\)$/, '$1').replace(/(?<=\d),(?=\d{3}(?!\d))/g, '');
  const percent = /^(.*\d)\s*%$/.exec(plain);
  if (percent !== null) {
    const value = exactNumber(percent[1] ?? '');
    return value === null ? null : reduce(value.numerator, value.denominator * 100n);
  }
  const mixed = /^([-+]?)(\d+) (\d+) ?\/ ?(\d+)$/.exec(plain);
  if (mixed !== null) {
    const denominator = BigInt(mixed[4] ?? '0');
    const numerator = BigInt(mixed[2] ?? '0') * denominator + BigInt(mixed[3] ?? '0');
    return reduce(mixed[1] === '-' ? -numerator : numerator, denominator);
  }
  const fraction = /^(.+?) ?\/ ?(.+)$/.exec(plain);
  if (fraction !== null) {
    const top = decimal(fraction[1] ?? '');
    const bottom = decimal(fraction[2] ?? '');
    return top === null || bottom === null ? null : reduce(top.numerator * bottom.denominator, top.denominator * bottom.numerator);
  }
  const power = /^([-+]?[\d.]+) ?(?:e|[*x×·] ?10 ?\^) ?\(?([-+]?\d{1,3})\)?$/i.exec(plain);
  if (power !== null) {
    const factor = decimal(power[1] ?? '');
    const exponent = Number(power[2]);
    if (factor === null) return null;
    const scale = 10n ** BigInt(Math.abs(exponent));
    return exponent >= 0 ? reduce(factor.numerator * scale, factor.denominator) : reduce(factor.numerator, factor.denominator * scale);
  }
  return decimal(plain);
}

function decimal(text: string): ExactNumber | null {
  const match = /^([-+]?) ?(\d*)\.?(\d*)$/.exec(text.trim().replace(/^\((.*)\)$/, '$1'));
  if (match === null) return null;
  const digits = `${match[2] ?? ''}${match[3] ?? ''}`;
  if (digits === '' || digits.length > 400) return null;
  const numerator = BigInt(digits);
  return reduce(match[1] === '-' ? -numerator : numerator, 10n ** BigInt((match[3] ?? '').length));
}

function reduce(numerator: bigint, denominator: bigint): ExactNumber | null {
  if (denominator === 0n) return null;
  const sign = denominator < 0n ? -1n : 1n;
  const divisor = greatestCommonDivisor(numerator < 0n ? -numerator : numerator, denominator * sign);
  return { numerator: (sign * numerator) / divisor, denominator: (sign * denominator) / divisor };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? (a === 0n ? 1n : a) : greatestCommonDivisor(b, a % b);
}
