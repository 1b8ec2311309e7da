import { basename } from 'node:path';
import type { ConflictGroup, Preference, Profile } from '../gen/attune/profile/v1/profile.ts';
import { AttuneError } from '../platform/errors.ts';
import { profileSchema } from './profile-schema.ts';
import type { ConditionalProfile, FlatProfile } from './profile-schema.ts';
import { readRecords } from './read-records.ts';
import { recognizeRules } from './recognize-rules.ts';
import { isRuleId } from './rules/registry.ts';

/**
 * Reads profiles from a JSON array, {"profiles": [...]} or JSONL, in either form (also mixed):
 * flat {i, persona, categories, preferences: texts}, which become unconditional preferences p1, p2, ... of user_<i, four digits>; and
 * conditional {user_id, persona, preferences: [{id, condition, action, ...}], conflict_groups?}, where `pref_id` and `preference` pass for `id` and `action`.
 *
 * A preference's rule check is the one the file names, else the one that its text is recognised to ask for when that is exactly one.
 * Errors: one `invalid_argument` with every problem, by file and line; `not_found` for a missing file. Duplicate user ids are refused.
 */
export function readProfiles(file: string, options: ReadProfilesOptions = {}): Profile[] {
  return readRecords(file, {
    what: 'profiles',
    key: 'profiles',
    schema: profileSchema,
    build: (input) => ('i' in input ? fromFlat(input, basename(file)) : fromConditional(input, basename(file))),
    keyOf: (profile) => profile.userId,
    keyName: 'user id',
    limit: options.limit,
    listed: Infinity,
  });
}

function fromFlat(input: FlatProfile, source: string): Profile {
  const preferences = input.preferences.map((text, index) => ({
    id: `p${index + 1}`,
    condition: '',
    action: text,
    conflictGroup: '',
    cues: [],
    category: input.categories[index] ?? '',
    rule: onlyRule(text),
  }));
  return { userId: `user_${String(input.i).padStart(4, '0')}`, persona: input.persona, preferences, conflictGroups: [], source };
}

function fromConditional(input: ConditionalProfile, source: string): Profile {
  const listed = input.conflictGroups ?? Object.entries(input.conflict_groups ?? {}).map(([name, preferenceIds]) => ({ name, preferenceIds }));
  const preferences = input.preferences.map((one): Preference => {
    const id = one.id ?? one.pref_id ?? '';
    const action = one.action ?? one.preference ?? '';
    const conflictGroup = one.conflict_group || one.conflictGroup || (listed.find((group) => group.preferenceIds.includes(id))?.name ?? '');
    return { id, condition: one.condition, action, conflictGroup, cues: (one.cues ?? one.priority_context ?? []).map((cue) => cue.toLowerCase()), category: one.category, rule: ruleOf(one, id, action) };
  });
  const ids = preferences.map((one) => one.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new AttuneError('invalid_argument', `the preference id "${twice}" occurs twice`);
  const strangers = listed.flatMap((group) => group.preferenceIds.filter((id) => !ids.includes(id)).map((id) => `"${id}" in group "${group.name}"`));
  if (strangers.length > 0) throw new AttuneError('invalid_argument', `conflict_groups names preferences that this profile does not hold: ${strangers.join(', ')}`);
  return { userId: input.user_id ?? input.userId ?? '', persona: input.persona, preferences, conflictGroups: groupsOf(preferences), source: input.source || source };
}

function ruleOf(one: ConditionalProfile['preferences'][number], id: string, action: string): string {
  if (one.check?.kind === 'judge') return '';
  const named = one.check?.kind === 'rule' ? one.check.rule : one.rule;
  if (named === undefined || named === null) return onlyRule(action);
  if (named !== '' && !isRuleId(named)) throw new AttuneError('invalid_argument', `preference "${id}" names the rule check "${named}", which does not exist`);
  return named;
}

function onlyRule(text: string): string {
  const rules = recognizeRules(text);
  return rules.length === 1 ? (rules[0] ?? '') : '';
}

/** The groups as the preferences themselves tell them, in order of first mention. */
function groupsOf(preferences: Preference[]): ConflictGroup[] {
  const names = [...new Set(preferences.map((one) => one.conflictGroup))].filter((name) => name !== '');
  return names.map((name) => ({ name, preferenceIds: preferences.filter((one) => one.conflictGroup === name).map((one) => one.id) }));
}

export interface ReadProfilesOptions {
  /** Return at most this many, from the start; at least 1. */
  limit?: number | undefined;
}
