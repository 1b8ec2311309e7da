import { z } from 'zod';

/** Version of this reading of the model's answers; it is part of the judge's identity. */
export const PARSER_VERSION = 1;

/** Kinds of violation (spec: algorithm.md 1.4). */
const VIOLATION_TYPES = [
  'wrong_format',
  'wrong_verbosity',
  'wrong_style',
  'wrong_tone',
  'conflict_wrong',
  'other',
] as const;

/** The JSON of a task verdict. */
export const taskVerdictSchema = z.strictObject({
  reasoning: z.string(),
  accuracy: z.union([z.literal(0), z.literal(1)]),
});

/** The JSON of one turn's verdict; preferences are named by their number in the prompt, from 1. */
export function turnVerdictSchema(preferenceCount: number) {
  const number = z.int().min(1).max(Math.max(1, preferenceCount));
  return z
    .strictObject({
      turn: z.int().min(0),
      applicable_preferences: z.array(number),
      followed: z.array(number),
      violated: z.array(z.strictObject({ preference: number, type: z.enum(VIOLATION_TYPES) })),
      over_personalization: z.array(number),
      certainty: z.number().min(0).max(1),
    })
    .superRefine((verdict, context) => {
      const both = verdict.violated.filter((v) => verdict.followed.includes(v.preference));
      for (const { preference } of both) {
        context.addIssue({ code: 'custom', path: ['violated'], message: `preference ${preference} is also in followed` });
      }
    });
}

/** The JSON of a session's verdicts. */
export function sessionVerdictsSchema(preferenceCount: number) {
  let schema = sessionSchemas.get(preferenceCount);
  if (!schema) {
    schema = z.strictObject({ turns: z.array(turnVerdictSchema(preferenceCount)) });
    sessionSchemas.set(preferenceCount, schema);
  }
  return schema;
}

/** By count of preferences, so that a schema is written as JSON schema once and not for every session. */
const sessionSchemas = new Map<number, z.ZodType<{ turns: TurnAnswer[] }>>();

export type TurnAnswer = z.infer<ReturnType<typeof turnVerdictSchema>>;
