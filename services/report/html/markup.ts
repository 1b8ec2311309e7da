/**
 * A template tag that escapes every value put into it, so that nothing from a record can become markup. Values that are Html themselves,
 * and lists of them, go in as they are; null and false leave nothing.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.reduce((text, part, index) => `${text}${render(values[index - 1])}${part}`));
}

/** Text that is markup already; only `html` and the reader of the style sheet make it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function render(value: Value): string {
  if (value instanceof Html) return value.text;
  if (isList(value)) return value.map(render).join('');
  if (value === null || value === undefined || value === false) return '';
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Array.isArray does not see that a readonly array is one. */
function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export type Value = Html | string | number | null | undefined | false | readonly Value[];
