/** The domains a task can have (proto/attune/task/v1). */
export const DOMAINS = ['math', 'code', 'logic', 'science', 'writing', 'medicine', 'general'] as const;

/** Guesses the domain: from `type` when it names a domain or a branch of mathematics, else from the dataset's name; "general" when neither tells. */
export function domainOf(dataset: string, type: string): Domain {
  const kind = type.trim().toLowerCase();
  const told = DOMAINS.find((domain) => domain === kind);
  if (told !== undefined) return told;
  if (MATHEMATICS.test(kind)) return 'math';
  return BY_DATASET.find(([pattern]) => pattern.test(dataset))?.[1] ?? 'general';
}

/** The one sentence that tells the user what to do with the agent; it never says how to solve anything. */
export function instructionFor(domain: string): string {
  return INSTRUCTIONS[domain as Domain] ?? INSTRUCTIONS.general;
}

const INSTRUCTIONS: Record<Domain, string> = {
  math: 'Work with the agent until you have the answer to this mathematics problem.',
  code: 'Work with the agent until you have code that does what this programming task asks.',
  logic: 'Work with the agent until you know which answer to this logical reasoning problem is right.',
  science: 'Work with the agent until you have the answer to this science question.',
  writing: 'Work with the agent until you have the text that this writing task asks for.',
  medicine: 'Work with the agent until you have the answer to this medical question.',
  general: 'Work with the agent until you have what this task asks for.',
};

const BY_DATASET: readonly (readonly [RegExp, Domain])[] = [
  [/humaneval|bigcode|livecode|scicode|mbpp/i, 'code'],
  [/logiqa|logic/i, 'logic'],
  [/medqa|medical|medicine/i, 'medicine'],
  [/mmlu|gpqa|scien/i, 'science'],
  [/^math|aime|theoremqa|gsm8k/i, 'math'],
  [/writing|essay/i, 'writing'],
];

const MATHEMATICS = /^(?:pre|intermediate |linear |abstract )?(?:algebra|calculus)$|^(?:geometry|number theory|counting (?:&|and) probability|probability|statistics|trigonometry|combinatorics)$/;

type Domain = (typeof DOMAINS)[number];
