import { AttuneError } from '../errors.ts';
import { loadPrompt } from '../prompts.ts';
import { readJson } from './json-text.ts';
import type { ChatMessage, Completion, JsonCompletion, JsonFormat } from './types.ts';
import { addUsage } from './usage.ts';

/**
 * Asks until an answer fits the schema: once, and at most twice more with the unusable answer and what is wrong with it appended. A grammar on
 * the server guarantees syntax, not that the answer ends before `maxTokens` or fits zod's refinements, so this is needed with it too.
 * Throws `failed_precondition` after the last; errors of the calls pass through.
 */
export async function askForJson<T>(messages: readonly ChatMessage[], format: JsonFormat<T>, { ask, who }: JsonAsker): Promise<JsonCompletion<T>> {
  let dialogue = messages;
  let usage: Completion['usage'] | undefined;
  for (let reasks = 0; ; reasks += 1) {
    const completion = await ask(dialogue, reasks);
    if (usage) addUsage(usage, completion.usage);
    else usage = { ...completion.usage };
    const read = readAnswer(completion, format);
    if (read.ok) return { value: read.value, text: completion.text, reasks, usage };
    if (reasks === MAX_REASKS) throw givingUp(who, format.name, read.problem, completion);
    dialogue = [
      ...dialogue,
      { role: 'assistant', content: quoteAnswer(completion.text) },
      { role: 'user', content: reAsk.render({ problem: read.problem, schema: format.name }) },
    ];
  }
}

/** Calls after the first (algorithm.md 1.5). */
export const MAX_REASKS = 2;

function readAnswer<T>(completion: Completion, { schema, check }: JsonFormat<T>): { ok: true; value: T } | { ok: false; problem: string } {
  if (completion.refused) return { ok: false, problem: 'it was a refusal.' };
  if (completion.text.trim() === '') return { ok: false, problem: 'it was empty.' };
  const json = readJson(completion.text);
  const cut = completion.finishReason === 'length';
  if (json === undefined) return { ok: false, problem: cut ? 'it was cut at the limit of tokens before its JSON ended; be shorter.' : 'it holds no JSON object.' };
  // Zod would compile each schema on its first use, which costs more than it saves for one that is made anew for every call.
  const parsed = schema.safeParse(json, { jitless: true });
  if (parsed.success) {
    const problem = check?.(parsed.data) ?? null;
    return problem === null ? { ok: true, value: parsed.data } : { ok: false, problem: `${problem.replace(/\.$/, '')}.` };
  }
  const problems = parsed.error.issues.slice(0, MAX_QUOTED_ISSUES).map((issue) => {
    const where = issue.path.map(String).join('.');
    return where === '' ? issue.message : `"${where}": ${issue.message}`;
  });
  return { ok: false, problem: `${problems.join('; ')}.` };
}

/** Servers refuse assistant messages without text; a run-on answer would fill the context. */
function quoteAnswer(text: string): string {
  if (text.trim() === '') return '(no answer)';
  return text.length > MAX_QUOTED_ANSWER ? `${text.slice(0, MAX_QUOTED_ANSWER)} […]` : text;
}

function givingUp(who: string, schema: string, problem: string, completion: Completion): AttuneError {
  const found = completion.text === '' ? 'nothing' : JSON.stringify(completion.text.slice(0, 120));
  return new AttuneError(
    'failed_precondition',
    `Expected ${who} to answer with JSON of the schema "${schema}", found after ${MAX_REASKS + 1} tries an answer that cannot be used (${problem.replace(/\.$/, '')}): ${found}; use a model or a server that supports response_format json_schema, or raise the limit of tokens.`,
  );
}

export const reAsk = loadPrompt(new URL('./prompts/re-ask.md', import.meta.url));
const MAX_QUOTED_ISSUES = 5;
const MAX_QUOTED_ANSWER = 8_000;

export interface JsonAsker {
  /** One call; `reasks` calls went before it. */
  ask(messages: readonly ChatMessage[], reasks: number): Promise<Completion>;
  /** Role, model and endpoint, for the error. */
  who: string;
}
