import { AttuneError } from '../../platform/errors.ts';
import type { Manifest } from '../manifest.ts';
import { byText } from '../text-order.ts';

/**
 * Refuses to put runs into one report when something differs that changes what the numbers mean, unless that aspect is allowed to differ; then
 * gives one warning for each difference. `judges` holds for each run everybody who gave a verdict in it.
 * Throws `failed_precondition` with one sentence that names every difference, `invalid_argument` for an aspect that there is not.
 */
export function differencesBetween(runs: readonly Manifest[], judges: readonly (readonly string[])[], allowed: readonly string[]): string[] {
  const unknown = allowed.filter((aspect) => !(aspect in WHAT));
  if (unknown.length > 0) {
    throw new AttuneError('invalid_argument', `--allow-different should name some of ${Object.keys(WHAT).join(', ')}, found ${unknown.join(', ')}.`);
  }
  const found = (Object.keys(WHAT) as Aspect[]).flatMap((aspect) => {
    const details = WHAT[aspect](runs, judges);
    return details === null ? [] : [{ aspect, details }];
  });
  const refused = found.filter(({ aspect }) => !allowed.includes(aspect));
  if (refused.length > 0) {
    throw new AttuneError(
      'failed_precondition',
      `Runs in one report should differ in methods, profiles and seeds alone, found different ${refused.map(({ aspect, details }) => `${aspect} (${details})`).join(', ')}; ` +
        `report them one by one, or take the difference into account with --allow-different ${refused.map(({ aspect }) => aspect).join(',')}.`,
    );
  }
  return found.map(({ aspect, details }) => `The runs of this report have different ${aspect} (${details}), so what separates their methods may come from that.`);
}

/** What is compared, in the order in which it is named: each gives null for no difference, else a few words. */
export const WHAT = {
  prompts: (runs) => differingKeys(runs.map(({ promptHashes }) => promptHashes), 'shared'),
  judge: (_, judges) => {
    const sets = new Set(judges.filter((names) => names.length > 0).map((names) => [...names].sort(byText).join('; ')));
    return sets.size > 1 ? [...sets].sort(byText).join(' against ') : null;
  },
  catalogue: (runs) => differingValues(runs.map(({ catalogueHash }) => catalogueHash.slice(0, 12))),
  tokenizer: (runs) => differingValues(runs.map(({ tokenizer }) => tokenizer)),
  // The note writer belongs to the one method that has it, and so may be missing.
  models: (runs) => differingKeys(runs.map(({ models }) => Object.fromEntries(Object.entries(models).map(([role, { model }]) => [role, model]))), 'shared'),
  settings: (runs) => differingKeys(runs.map(({ experiment }) => settingsOf(experiment)), 'all'),
} satisfies Record<string, (runs: readonly Manifest[], judges: readonly (readonly string[])[]) => string | null>;

type Aspect = keyof typeof WHAT;

/** Parts of an experiment that may differ: who takes part, and how fast the machines are asked. Models have an aspect of their own. */
const FREE: readonly string[] = ['name', 'seed', 'methods', 'profiles', 'concurrency', 'attempts', 'models', 'servers', 'energy', 'services', 'sim'];

function settingsOf(experiment: Manifest['experiment']): Record<string, string> {
  if (typeof experiment !== 'object' || experiment === null || Array.isArray(experiment)) return {};
  return Object.fromEntries(Object.entries(experiment).filter(([name]) => !FREE.includes(name)).map(([name, value]) => [name, JSON.stringify(value)]));
}

/** Names whose values differ; "shared": a name that some lack is no difference. */
function differingKeys(records: readonly Readonly<Record<string, string>>[], which: 'shared' | 'all'): string | null {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))].sort(byText);
  const differing = names.filter((name) => {
    const values = records.filter((record) => which === 'all' || name in record).map((record) => record[name]);
    return new Set(values).size > 1;
  });
  return differing.length > 0 ? differing.join(', ') : null;
}

function differingValues(values: readonly string[]): string | null {
  const distinct = [...new Set(values)].sort(byText);
  return distinct.length > 1 ? distinct.join(' against ') : null;
}
