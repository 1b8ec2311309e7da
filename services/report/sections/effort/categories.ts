import type { EffortCategory } from './model.ts';

/**
 * The kinds of effort, their weights (spec: algorithm.md 7.2), and the column of `session_rows` that counts each; null for what no record shows.
 * A simulated user notes what it enforces and whether a reply only asked, but not whether it set a fact right.
 */
export const EFFORT_CATEGORIES: readonly (EffortCategory & { readonly column: string | null })[] = [
  {
    id: 'enforcement',
    label: 'enforcement',
    weight: 2,
    about: 'Messages that answer a reply and ask for a preference that it broke.',
    recorded: true,
    column: 'enforcements',
  },
  {
    id: 'clarification',
    label: 'answer to a question',
    weight: 1,
    about: 'Messages that answer a reply which only asked for information.',
    recorded: true,
    column: 'clarifications',
  },
  {
    id: 'correction',
    label: 'correction',
    weight: 3,
    about: 'Messages that set a fact of the reply right; no record shows them, so they count nothing.',
    recorded: false,
    column: null,
  },
  {
    id: 'rephrasing',
    label: 'repetition',
    weight: 1.5,
    about: 'Messages that enforce a preference which the user had enforced earlier in the same session; they count as enforcement too.',
    recorded: true,
    column: 'rephrasings',
  },
  {
    id: 'frustration',
    label: 'frustration',
    weight: 2.5,
    about: 'Messages that voice dissatisfaction.',
    recorded: true,
    column: 'disappointments',
  },
];
