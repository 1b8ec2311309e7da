import { z } from 'zod';

/** Version of this reading of the models' answers; it is part of the judge's identity. */
export const PARSER_VERSION = 2;

/** Kinds of violation (spec: algorithm.md 1.4). */
const VIOLATION_TYPES = ['wrong_format', 'wrong_verbosity', 'wrong_style', 'wrong_tone', 'conflict_wrong', 'other'] as const;

const certainty = z.number().min(0).max(1);

/** The JSON of a task verdict. */
export const taskFormat = {
  name: 'task_verdict',
  schema: z.strictObject({ reasoning: z.string(), accuracy: z.union([z.literal(0), z.literal(1)]), certainty }),
};

/** The JSON of a comparison of two dialogues. */
export const pairFormat = {
  name: 'pair_verdict',
  schema: z.strictObject({ reasoning: z.string(), better: z.enum(['first', 'second', 'tie']), certainty }),
};

/** The JSON of one turn's verdict; preferences are named by their number in the prompt, from 1. By count, so that each schema is written as JSON schema once. */
export const turnFormat = byCount((count) => ({ name: 'turn_verdict', schema: turnSchema(count) }));

/** The JSON of a session's verdicts. */
export const sessionFormat = byCount((count) => ({ name: 'session_verdicts', schema: z.strictObject({ turns: z.array(turnSchema(count)) }) }));

/** The JSON of a probe's verdict: which of the numbered preferences the reply followed. */
export const probeFormat = byCount((count) => ({ name: 'probe_verdict', schema: z.strictObject({ reasoning: z.string(), followed: z.array(numberUpTo(count)), certainty }) }));

function turnSchema(count: number) {
  const number = numberUpTo(count);
  return z
    .strictObject({
      turn: z.int().min(0),
      overruled: z.array(number),
      applicable_preferences: z.array(number),
      followed: z.array(number),
      violated: z.array(z.strictObject({ preference: number, type: z.enum(VIOLATION_TYPES) })),
      over_personalization: z.array(number),
      certainty,
    })
    .superRefine((verdict, context) => {
      const both = verdict.violated.filter((v) => verdict.followed.includes(v.preference));
      for (const { preference } of both) {
        context.addIssue({ code: 'custom', path: ['violated'], message: `preference ${preference} is also in followed` });
      }
    });
}

function numberUpTo(count: number) {
  return z.int().min(1).max(Math.max(1, count));
}

function byCount<T>(make: (count: number) => T): (count: number) => T {
  const made = new Map<number, T>();
  return (count) => {
    const known = made.get(count) ?? make(count);
    made.set(count, known);
    return known;
  };
}

export type TurnAnswer = z.infer<ReturnType<typeof turnSchema>>;
