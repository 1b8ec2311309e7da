import type { ComparedSession, CompareInput, SessionValue } from './input.ts';

/** Hand-made input for this folder's tests: one number for each session of each profile, the same for every metric unless told. */
export function sampleInput(methods: Readonly<Record<string, SampleMethod>>, baseline: string = Object.keys(methods)[0]!): CompareInput {
  return {
    methods: Object.keys(methods),
    baseline,
    sessions: Object.entries(methods).flatMap(([method, profiles]) =>
      profiles.flatMap((sessions, profile) =>
        sessions.map((entry, session): ComparedSession => {
          const change = typeof entry === 'number' || entry === null ? { value: entry } : entry;
          return {
            method,
            userId: `u-${String(profile).padStart(2, '0')}`,
            session,
            seed: 7,
            state: change.state ?? 'finished',
            runaway: change.runaway ?? false,
            dataset: change.dataset ?? 'sample',
            values: change.values ?? { success: one(change.value), timeout_rate: one(change.value), user_tokens: one(change.value), enforcements: one(change.value) },
          };
        }),
      ),
    ),
  };
}

function one(value: number | null | undefined): SessionValue | null {
  return value === null || value === undefined ? null : { over: value, per: 1 };
}

/** By profile and session. */
type SampleMethod = readonly (readonly SampleEntry[])[];

type SampleEntry = number | null | (Partial<Pick<ComparedSession, 'state' | 'runaway' | 'dataset' | 'values'>> & { readonly value?: number | null });
