import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AttuneError } from '../platform/errors.ts';
import { hashHex } from '../platform/random.ts';
import { isRuleId } from './rules/registry.ts';

/** The 43 preferences of catalogue v1, in the file's order. The same objects at every call; do not change them. */
export function cataloguePreferences(): readonly CataloguePreference[] {
  preferences ??= readData('preferences-v1.json', catalogueSchema).preferences;
  return preferences;
}

/** One-line personas, each written for Attune. */
export function personas(): readonly string[] {
  people ??= readData('personas.json', z.array(z.string().min(10)).min(40));
  return people;
}

/** sha256 (hex) of the preferences and personas as data: two equal hashes mean that the same seed gives the same profiles. */
export function catalogueHash(): string {
  return hashHex(JSON.stringify([cataloguePreferences(), personas()]));
}

let preferences: readonly CataloguePreference[] | undefined;
let people: readonly string[] | undefined;

const preferenceSchema = z.strictObject({
  id: z.string().regex(/^[a-z]{2}_\d{3}$/),
  category: z.string().min(1),
  condition: z.string().min(1),
  action: z.string().min(1),
  conflict_group: z.string(),
  cues: z.array(z.string().regex(/^[^A-Z]+$/)).min(1),
  rule: z.string().refine((rule) => rule === '' || isRuleId(rule), 'is not the name of a rule check'),
  swap: z.boolean().default(true),
});

const catalogueSchema = z.strictObject({ version: z.literal('v1'), preferences: z.array(preferenceSchema) });

function readData<T>(name: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(JSON.parse(readFileSync(new URL(`./data/${name}`, import.meta.url), 'utf8')));
  if (!parsed.success) throw new AttuneError('data_loss', `The catalogue's file ${name} is damaged: ${z.prettifyError(parsed.error)}. Restore it from the repository.`);
  return parsed.data;
}

/** One entry of the catalogue; field names as in profile files. */
export interface CataloguePreference {
  id: string;
  category: string;
  condition: string;
  action: string;
  /** "" for none. */
  conflict_group: string;
  /** Lower-case words and phrases that signal the condition. */
  cues: string[];
  /** Name of the rule check; "" when only a judge can decide. */
  rule: string;
  /** Whether its action makes sense under another member's condition. */
  swap: boolean;
}
