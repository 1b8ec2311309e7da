import type { ModelClient } from '../../platform/models/index.ts';
import { prompts } from '../prompts.ts';

/**
 * Looks whether a judge's questions say which method wrote a dialogue: each question goes on as it is, and counts as naming when the name of the session's method
 * stands in it as a whole word more often than in the empty prompt, after everything that belongs to the session itself (dialogue, problem, preferences) was taken
 * out. The words of the prompt are the same for all methods, so a method that is named like one of them is not told by it.
 */
export function createPromptWatch(): PromptWatch {
  const counts = { questions: 0, naming: 0 };
  return {
    counts,
    watch: (model, method, own) => ({
      ...model,
      completeJson(request, format, options) {
        const rest = own.reduce((text, part) => (part.trim() === '' ? text : text.replaceAll(part, ' ')), request.messages.map(({ content }) => content).join('\n'));
        counts.questions += 1;
        if (times(rest, method) > times(EMPTY[format.name] ?? '', method)) counts.naming += 1;
        return model.completeJson(request, format, options);
      },
    }),
  };
}

/** Whether a text says a name as a whole word, in upper or lower case. */
export function says(text: string, name: string): boolean {
  return times(text, name) > 0;
}

/** What stands in a question whatever it is about, by the name of its answer's format. */
const EMPTY: Readonly<Record<string, string>> = {
  session_verdicts: prompts.session.render({ dialogue: '', preferences: '' }),
  turn_verdict: prompts.turn.render({ dialogue: '', preferences: '', turn: '' }),
  task_verdict: prompts.task.render({ problem: '', reference: '', answer: '' }),
  probe_verdict: prompts.probe.render({ dialogue: '', preferences: '' }),
  pair_verdict: prompts.pair.render({ preferences: '', first: '', second: '' }),
};

function times(text: string, name: string): number {
  if (name === '') return 0;
  const escaped = name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return text.match(new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, 'giu'))?.length ?? 0;
}

export interface PromptWatch {
  counts: { questions: number; naming: number };
  /** The model as before, but looked at. `own` are the session's own texts. */
  watch(model: ModelClient, method: string, own: readonly string[]): ModelClient;
}
