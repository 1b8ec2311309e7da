import type { ModelClient } from '../../platform/models/index.ts';

/**
 * Looks whether a judge's questions say which method wrote a dialogue: each question goes on as it is, and counts as naming when the name of the session's method
 * stands in it as a whole word after everything that belongs to the session itself (dialogue, problem, preferences) was taken out.
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
        if (says(rest, method)) counts.naming += 1;
        return model.completeJson(request, format, options);
      },
    }),
  };
}

/** Whether a text says a name as a whole word, in upper or lower case. */
export function says(text: string, name: string): boolean {
  const escaped = name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return name !== '' && new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, 'iu').test(text);
}

export interface PromptWatch {
  counts: { questions: number; naming: number };
  /** The model as before, but looked at. `own` are the session's own texts. */
  watch(model: ModelClient, method: string, own: readonly string[]): ModelClient;
}
