import { AttuneError } from './errors.ts';

/**
 * Reads settings from environment variables and reports everything that is wrong with them in one `invalid_argument` error at the start,
 * not at first use. Only a service's config.ts passes `process.env`; everything else gets the finished object.
 *
 * ```ts
 * export const readConfig = (source: NodeJS.ProcessEnv) => readEnv(source, (env) => ({ port: env.int('ATTUNE_JUDGE_PORT', { default: 50054, min: 0, max: 65535 }) }));
 * ```
 *
 * A variable that is unset, empty or blank takes its default; without a default (or `optional: true`) it is a problem. Values of text variables are never echoed.
 */
export function readEnv<T>(source: Readonly<Record<string, string | undefined>>, read: (env: EnvReader) => T): T {
  const problems: string[] = [];

  /** What stands in for a wrong value is never used: readEnv throws before it returns. */
  function reader<T, O extends object = object>(expected: (options: O) => string, parse: (text: string, options: O) => T | undefined, echo: boolean): Read<T, O> {
    return ((name: string, options: O & Fallback<T>) => {
      const text = source[name]?.trim();
      if (text === undefined || text === '') {
        if (options?.default !== undefined || options?.optional) return options.default;
        problems.push(`${name} is not set; expected ${expected(options)}`);
        return undefined;
      }
      const value = parse(text, options);
      if (value === undefined) problems.push(`${name} should be ${expected(options)}${echo ? `, found ${JSON.stringify(text)}` : ''}`);
      return value;
    }) as Read<T, O>;
  }

  const result = read({
    string: reader(() => 'a text', (text) => text, false),
    int: reader((range) => `a whole number${rangeText(range)}`, (text, range) => numberIn(text, WHOLE, range), true),
    number: reader((range) => `a number${rangeText(range)}`, (text, range) => numberIn(text, DECIMAL, range), true),
    bool: reader(() => 'one of true, false, 1, 0, yes, no, on, off', (text) => BOOLEANS[text.toLowerCase()], true),
    list: reader(() => 'texts with commas between them', splitList, false),
    url: reader(() => 'an http(s) URL', httpUrl, false),
    choice: (name, choices, options) =>
      reader<(typeof choices)[number]>(() => `one of ${choices.join(', ')}`, (text) => choices.find((choice) => choice === text), true)(name, options),
  });
  if (problems.length > 0) throw new AttuneError('invalid_argument', `Settings are wrong: ${problems.join('; ')}.`);
  return result;
}

const WHOLE = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const BOOLEANS: Record<string, boolean> = { true: true, '1': true, yes: true, on: true, false: false, '0': false, no: false, off: false };

function numberIn(text: string, form: RegExp, { min = -Number.MAX_VALUE, max = Number.MAX_VALUE }: Range = {}): number | undefined {
  if (!form.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

function rangeText({ min, max }: Range = {}): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? '' : ` of at most ${max}`;
}

function splitList(text: string): string[] | undefined {
  const items = text.split(',').map((item) => item.trim()).filter((item) => item !== '');
  return items.length > 0 ? items : undefined;
}

/** The URL without slashes at its end, so that paths can be added. */
function httpUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href.replace(/\/+$/, '') : undefined;
}

export interface EnvReader {
  readonly string: Read<string>;
  readonly int: Read<number, Range>;
  readonly number: Read<number, Range>;
  readonly bool: Read<boolean>;
  /** Texts between commas, blanks around them cut. */
  readonly list: Read<readonly string[]>;
  /** An http or https URL, without slashes at its end. */
  readonly url: Read<string>;
  choice<C extends string>(name: string, choices: readonly C[], options?: { readonly default?: C }): C;
}

/** With `optional` an unset variable is undefined; with a default it is that; otherwise it is a problem. */
interface Read<T, O extends object = object> {
  (name: string, options: O & { readonly optional: true }): T | undefined;
  (name: string, options?: O & { readonly default?: T }): T;
}

type Fallback<T> = { readonly default?: T; readonly optional?: boolean } | undefined;

/** Both ends belong to the range. */
interface Range {
  readonly min?: number;
  readonly max?: number;
}
