import { counted, fixed, formatP, percent } from '../format.ts';
import type { Association, VectorsOfMethod } from '../sections/vectors/model.ts';
import { columnsOf, type DataTable } from './data-table.ts';

/** What likeness of vectors goes with; without a row when no analysis of pairs could be made. */
export function associationTable(one: VectorsOfMethod): DataTable {
  const named: [string, Association | null][] = [
    ['Long-term vector, revealed preferences', one.long],
    ['Short-term vector, revealed preferences', one.short],
    ['Both as the ranking weighs them', one.combined],
    ['Long-term vector, all true preferences', one.trueProfiles],
    ['Revealed, with the tasks met taken out', one.exposureControlled],
    ['Long-term vector, ground-truth vector', one.groundTruth],
  ];
  return {
    columns: columnsOf('Likeness of vectors against', "Spearman's rho", '95 % interval', 'p (Mantel)', 'Pairs', 'Missing'),
    rows: named.flatMap(([name, found]) =>
      found
        ? [[name, decimal(found.rho), found.interval && `${decimal(found.interval.low)} to ${decimal(found.interval.high)}`, formatP(found.p), fixed(found.pairs, 0), fixed(found.missing, 0)]]
        : [],
    ),
  };
}

/** The other findings as sentences. */
export function vectorFacts({ users, usersCompared, usersWithVectors, rankFlips, missing, long, groundTruth, placebo, splitHalf }: VectorsOfMethod): string[] {
  const extremes = [['quarter', long?.quartiles], ['fifth', long?.quintiles]] as const;
  return [
    `${counted(users, 'user')}; ${fixed(usersCompared, 0)} compared, ${fixed(usersWithVectors, 0)} of them with a vector.`,
    rankFlips.turns === 0
      ? 'The vector took part in no choice of cards.'
      : `The vector changed the chosen cards in ${fixed(rankFlips.changed, 0)} of ${fixed(rankFlips.turns, 0)} turns (${percent(rankFlips.changed / rankFlips.turns)}), the direct sign that it matters.`,
    ...missing,
    ...extremes.flatMap(([name, found]) =>
      found
        ? [`The ${name} of pairs with the most alike preferences has a mean cosine of ${decimal(found.top.meanCosine)}, the ${name} with the least ${decimal(found.bottom.meanCosine)} (Mann-Whitney p ${formatP(found.p)} as if pairs were independent, which they are not).`]
        : [],
    ),
    ...(groundTruth ? [`A user's vector has a mean cosine of ${decimal(groundTruth.own)} with its own ground truth and ${decimal(groundTruth.others)} with those of others; item vectors cover ${percent(groundTruth.covered)} of the preferences.`] : []),
    ...(placebo ? [`Placebo: with rewards shuffled ${counted(placebo.rounds, 'time')} rho is ${decimal(placebo.mean)} on average [${decimal(placebo.low)} to ${decimal(placebo.high)}]; p ${formatP(placebo.p)}.`] : []),
    ...(splitHalf ? [`Split half: what a vector learned in even sessions has a mean cosine of ${decimal(splitHalf.own)} with what it learned in odd ones, ${decimal(splitHalf.others)} with another user's, over ${counted(splitHalf.users, 'user')}.`] : []),
  ];
}

/** Three decimals, as correlations are given. */
export function decimal(value: number | null): string {
  return value === null ? '–' : fixed(value, 3);
}
