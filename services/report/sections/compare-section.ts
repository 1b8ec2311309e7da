import { metricOf } from '../metrics/table.ts';
import type { RunRecords } from '../records/open-records.ts';
import { compareMethods } from './compare/compare.ts';
import { FAMILY } from './compare/family.ts';
import type { CompareModel } from './compare/model.ts';
import { readComparedSessions } from './compare/read-sessions.ts';

/** Every method against the baseline: the pre-registered family, and what else a report shows first. */
export async function compareSection(records: RunRecords, baseline: string): Promise<CompareModel> {
  const { methods } = records.manifest;
  const sessions = await readComparedSessions(records, [...FAMILY.map(({ id }) => id), ...EXPLORATORY]);
  return compareMethods(
    { methods: methods.map(({ name }) => name), baseline, controls: methods.filter(({ control }) => control).map(({ name }) => name), sessions },
    { exploratory: EXPLORATORY.map(metricOf).map(({ id, label, unit, direction }) => ({ id, label, unit, direction, failure: 'none' })) },
  );
}

const EXPLORATORY: readonly string[] = ['compliance_micro', 'compliance_first', 'over_personalization_rate', 'conflict_accuracy', 'prompt_tokens'];
