/**
 * Reads the JSON out of a model's answer: the whole text when it is JSON, else the first balanced {…} in it that is. Code fences, prose around
 * the object and a leading <think>…</think> do not matter; braces inside strings are not counted. Undefined when there is none.
 */
export function readJson(answer: string): unknown {
  const text = answer.replace(/^\s*<think>[\s\S]*?<\/think>/, '').trim();
  const whole = parse(text.replace(/^```\w*\s*([\s\S]*?)\s*```$/, '$1'));
  if (whole !== undefined) return whole;
  let start = text.indexOf('{');
  for (let tried = 0; start !== -1 && tried < MAX_STARTS; tried += 1) {
    const end = endOfObject(text, start);
    const value = end === -1 ? undefined : parse(text.slice(start, end));
    if (value !== undefined) return value;
    start = text.indexOf('{', end === -1 ? start + 1 : end);
  }
  return undefined;
}

/** Behind the brace that closes the one at `start`; -1 when none does. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return -1;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Bounds the work on a text of nothing but open braces, each of which is looked at to the end. */
const MAX_STARTS = 64;
