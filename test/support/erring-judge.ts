import { createRandom, seedFrom } from '../../services/platform/random.ts';
import type { ModelClient } from '../../services/platform/models/index.ts';
import { AttuneError } from '../../services/platform/errors.ts';

/**
 * A judge's model whose error rates are known: it reads the truth from the question and says the opposite at a set rate. The answer of a task is "true" or "false";
 * an agent turn holds "keeps=<words of preferences>" of those that it truly follows, and breaks all others. The same question and seed get the same answer.
 */
export function erringModel({ sensitivity, specificity, certainty = 0.8 }: ErrorRates): ModelClient {
  const errs = (truth: boolean, random: { chance(p: number): boolean }) => (truth ? random.chance(1 - sensitivity) : random.chance(1 - specificity));
  const refuse = () => Promise.reject(new AttuneError('unimplemented', 'This model only judges.'));
  return {
    role: 'judge',
    model: 'erring',
    complete: refuse,
    embed: refuse,
    rerank: refuse,
    completeJson(request, format) {
      const text = request.messages[0]!.content;
      const random = createRandom(seedFrom('erring', request.seed, text));
      const turns = () => turnsAnswer(text);
      const value = format.schema.parse(format.name === 'task_verdict' ? taskAnswer(text) : format.name === 'turn_verdict' ? turns().at(-1) : { turns: turns() });
      return Promise.resolve({ value, text: JSON.stringify(value), reasks: 0, usage: { role: 'judge', model: 'erring', calls: 1, promptTokens: 0, completionTokens: 0, cachedPromptTokens: 0, latencyMs: 0 } } as Awaited<ReturnType<ModelClient['completeJson']>> as never);

      function taskAnswer(question: string) {
        const truth = /<answer>\s*true\s*<\/answer>/.test(question);
        return { reasoning: '', accuracy: truth !== errs(truth, random) ? 1 : 0, certainty };
      }
      function turnsAnswer(question: string) {
        const shown = [...question.matchAll(/^(\d+)\. (\S+)$/gm)].map(([, number, word]) => ({ number: Number(number), word: word! }));
        return [...question.matchAll(/\[agent turn (\d+)\](?: keeps=(\S*))?/g)].map(([, turn, kept = '']) => {
          const said = shown.map(({ number, word }) => {
            const truth = kept.split(',').includes(word);
            return { number, followed: truth !== errs(truth, random) };
          });
          const numbers = (followed: boolean) => said.filter((one) => one.followed === followed).map(({ number }) => number);
          return { turn: Number(turn), overruled: [], applicable_preferences: shown.map(({ number }) => number), followed: numbers(true), violated: numbers(false).map((preference) => ({ preference, type: 'other' })), over_personalization: [], certainty };
        });
      }
    },
  };
}

interface ErrorRates {
  /** Share of truly positive items that it calls positive. */
  sensitivity: number;
  /** Share of truly negative items that it calls negative. */
  specificity: number;
  certainty?: number;
}
