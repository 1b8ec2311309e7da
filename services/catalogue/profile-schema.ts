import { z } from 'zod';

const words = z.string().trim().min(1, 'must not be empty');
const optionalText = z.string().trim().nullish().transform((value) => value ?? '');

/** A flat profile: three texts that each say what is wanted and when; `categories` runs beside `preferences`. */
export const flatProfileSchema = z
  .object({ i: z.number().int().min(0), persona: words, categories: z.array(words).default([]), preferences: z.array(words).min(1) })
  .refine((profile) => profile.categories.length === 0 || profile.categories.length === profile.preferences.length, 'categories and preferences must have the same length');

/** One conditional preference. Older names of a field are accepted beside the new one. */
const preferenceSchema = z
  .object({
    id: words.optional(),
    pref_id: words.optional(),
    condition: optionalText,
    action: words.optional(),
    preference: words.optional(),
    conflict_group: optionalText,
    conflictGroup: optionalText,
    priority_context: z.array(words).nullish(),
    cues: z.array(words).nullish(),
    category: optionalText,
    check: z.union([z.object({ kind: z.literal('rule'), rule: words }), z.object({ kind: z.literal('judge') })], 'must be {"kind": "rule", "rule": NAME} or {"kind": "judge"}').nullish(),
    rule: z.string().nullish(),
  })
  .superRefine((preference, context) => {
    if (preference.id === undefined && preference.pref_id === undefined) context.addIssue({ code: 'custom', message: 'needs an "id"' });
    if (preference.action === undefined && preference.preference === undefined) context.addIssue({ code: 'custom', message: 'needs an "action"' });
  });

/** A conditional profile as files have it, or as our own profiles are written to JSON (camelCase, groups as a list). */
export const conditionalProfileSchema = z
  .object({
    user_id: words.optional(),
    userId: words.optional(),
    persona: words,
    preferences: z.array(preferenceSchema).min(1),
    conflict_groups: z.record(z.string(), z.array(words)).nullish(),
    conflictGroups: z.array(z.object({ name: words, preferenceIds: z.array(words) })).nullish(),
    source: z.string().optional(),
  })
  .refine((profile) => profile.user_id !== undefined || profile.userId !== undefined, 'needs a "user_id" (or "i" in a flat profile)');

/** A profile is flat when its preferences are plain texts. Decided first, so that problems are reported for the form that was meant. */
export const profileSchema = z.unknown().transform((value, context): FlatProfile | ConditionalProfile => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    context.addIssue({ code: 'custom', message: 'expected an object with a user id, "persona" and "preferences"' });
    return z.NEVER;
  }
  const { preferences } = value as { preferences?: unknown };
  const isFlat = Array.isArray(preferences) ? typeof preferences[0] === 'string' : 'i' in value;
  const parsed = (isFlat ? flatProfileSchema : conditionalProfileSchema).safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.addIssue({ code: 'custom', path: issue.path, message: issue.message });
  return z.NEVER;
});

export type FlatProfile = z.infer<typeof flatProfileSchema>;
export type ConditionalProfile = z.infer<typeof conditionalProfileSchema>;
