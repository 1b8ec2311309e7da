/** What the learned user vectors say about users; one entry for each method whose vectors the records hold. */
export interface VectorsSection {
  readonly methods: readonly VectorsOfMethod[];
}

export interface VectorsOfMethod {
  readonly method: string;
  /** Users with a session of this method. */
  readonly users: number;
  /** Users in the analyses: all, or a seeded draw of 150, which is what 10,000 permutations of all pairs allow. */
  readonly usersCompared: number;
  /** Of these, users whose vectors could be had from the records. */
  readonly usersWithVectors: number;
  /** Why vectors could not be had from the records; the analyses of pairs are then null. Empty: nothing is missing. */
  readonly missing: readonly string[];
  /** Likeness of vectors against likeness of revealed preferences; long-term, short-term at the last session's end, and both with the weights of the ranking. */
  readonly long: PairAnalysis | null;
  readonly short: PairAnalysis | null;
  readonly combined: PairAnalysis | null;
  /** The long-term vector against all preferences of the profiles, revealed or not. */
  readonly trueProfiles: Association | null;
  /** Long-term vector against revealed preferences with the likeness of the tasks they met taken out of both. */
  readonly exposureControlled: Association | null;
  /** The long-term vector against the users' ground-truth vectors. */
  readonly groundTruth: GroundTruth | null;
  /** What learning from the same replies with the rewards dealt out anew would give. */
  readonly placebo: Placebo | null;
  readonly splitHalf: SplitHalf | null;
  readonly rankFlips: RankFlips;
  /** By session from 0, users whose vectors have a length after that session. */
  readonly norms: readonly { readonly session: number; readonly users: number; readonly mean: number; readonly max: number }[];
  /** Directions of the long-term vectors on their first two principal components. */
  readonly map: VectorMap | null;
}

/** Spearman's rho over pairs of users; pairs share users, so p comes from Mantel's test and the interval from resampled users. */
export interface Association {
  readonly rho: number | null;
  /** Two-sided. */
  readonly p: number | null;
  readonly permutations: number;
  /** 95 %, of rho. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly pairs: number;
  /** Pairs without a number on one side. */
  readonly missing: number;
}

export interface PairAnalysis extends Association {
  /** Likeness of preferences and of vectors, pair by pair, for a drawing: all pairs, or a seeded draw of 2,000. */
  readonly drawn?: readonly (readonly [jaccard: number, cosine: number])[];
  /** Pairs with the least against pairs with the most alike revealed preferences; cut at a quarter and at a fifth. */
  readonly quartiles: Extremes | null;
  readonly quintiles: Extremes | null;
}

export interface Extremes {
  readonly bottom: { readonly pairs: number; readonly meanCosine: number };
  readonly top: { readonly pairs: number; readonly meanCosine: number };
  /** Mann-Whitney's U of the top against the bottom, and its two-sided p-value as if pairs were independent, which they are not: for comparison with published figures. */
  readonly u: number;
  readonly p: number;
}

export interface GroundTruth extends Association {
  /** Mean cosine of a user's vector with its own ground truth, and with those of the others. */
  readonly own: number | null;
  readonly others: number | null;
  /** Share of the users' preferences for which somebody's cards give an item vector, 0 to 1. */
  readonly covered: number;
}

export interface Placebo {
  readonly rounds: number;
  /** Of the rho with shuffled rewards. */
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Share of rounds whose rho is at least as large as the real one, the real one counted in. */
  readonly p: number;
}

export interface SplitHalf {
  readonly users: number;
  /** Mean cosine of what a user's vector learned in even sessions and in odd ones. */
  readonly own: number;
  /** The same with another user's odd sessions. */
  readonly others: number | null;
}

export interface RankFlips {
  /** Turns in which the vector took part in choosing among cards. */
  readonly turns: number;
  /** Of these, turns in which it changed the set of chosen cards. */
  readonly changed: number;
}

export interface VectorMap {
  readonly points: readonly { readonly userId: string; readonly x: number; readonly y: number; readonly norm: number; readonly revealed: number }[];
  /** Share of the variance along each axis, 0 to 1. */
  readonly explained: readonly [number, number];
}
