import { AttuneError } from '../../../platform/errors.ts';
import type { Manifest } from '../../manifest.ts';
import { WHAT } from '../../merge/differences.ts';
import { byText } from '../../text-order.ts';

/**
 * Refuses to compare sessions of runs that are no pairs, or were measured in another way: prompts, catalogue, judge, tokenizer, models, settings, profiles, problems and
 * seed have to be the same, unless an aspect is allowed to differ; then gives one sentence for each difference.
 * Throws `failed_precondition` with one sentence that names every difference, `invalid_argument` for an aspect that there is not.
 */
export function checkComparable(runs: readonly ComparedRun[], allowed: readonly string[]): string[] {
  const unknown = allowed.filter((aspect) => !ASPECTS.includes(aspect as Aspect));
  if (unknown.length > 0) throw new AttuneError('invalid_argument', `--allow-different should name some of ${ASPECTS.join(', ')}, found ${unknown.join(', ')}.`);
  const found = ASPECTS.flatMap((aspect) => {
    const details = differenceIn(aspect, runs);
    return details === null ? [] : [{ aspect, details }];
  });
  const refused = found.filter(({ aspect }) => !allowed.includes(aspect));
  if (refused.length > 0) {
    throw new AttuneError(
      'failed_precondition',
      `Runs that are compared should differ in their methods alone, found different ${refused.map(({ aspect, details }) => `${aspect} (${details})`).join(', ')}; ` +
        `repeat one of them with the other's setting, or take the difference into account with --allow-different ${[...new Set([...allowed, ...refused.map(({ aspect }) => aspect)])].join(',')}.`,
    );
  }
  return found.map(({ aspect, details }) => `The compared runs have different ${aspect} (${details}), so what separates them may come from that.`);
}

function differenceIn(aspect: Aspect, runs: readonly ComparedRun[]): string | null {
  const manifests = runs.map(({ manifest }) => manifest);
  if (aspect === 'profiles') return differing(manifests.map(({ inputs }) => inputs.profilesHash.slice(0, 12)));
  if (aspect === 'problems') return differing(manifests.map(({ inputs }) => inputs.problemsHash.slice(0, 12)));
  if (aspect === 'seed') return differing(manifests.map(({ seed }) => String(seed)));
  return WHAT[aspect](manifests, runs.map(({ judges }) => judges));
}

function differing(values: readonly string[]): string | null {
  const distinct = [...new Set(values)].sort(byText);
  return distinct.length > 1 ? distinct.join(' against ') : null;
}

type Aspect = keyof typeof WHAT | 'profiles' | 'problems' | 'seed';

/** In the order in which they are named: runs of one report may differ in the last three, runs that are compared may not. */
const ASPECTS: readonly Aspect[] = [...(Object.keys(WHAT) as (keyof typeof WHAT)[]), 'profiles', 'problems', 'seed'];

export interface ComparedRun {
  readonly manifest: Manifest;
  /** Everybody who gave a verdict. */
  readonly judges: readonly string[];
}
