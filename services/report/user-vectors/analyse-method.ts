import type { GroundTruth, PairAnalysis, Placebo, SplitHalf, VectorMap } from '../sections/vectors/model.ts';
import { createRandom, seedFrom } from '../../platform/random.ts';
import { spearman } from '../statistics/correlation.ts';
import { quantileSorted } from '../statistics/interval.ts';
import type { LearningParams } from './learning-params.ts';
import { associate, extremes, mean, pairTable } from './pairs.ts';
import type { AssociateOptions } from './pairs.ts';
import { addScaled, cosine, dot, jaccard, norm } from './vector-math.ts';
import type { Numbers } from './vector-math.ts';
import { principalPlane } from './vector-map.ts';

/** All analyses of algorithm.md 7.6 over the users of one method. Rho and its like are null where they have no value. */
export function analyseVectors(users: readonly VectorUser[], { betaLong, betaShort }: Pick<LearningParams, 'betaLong' | 'betaShort'>, options: AssociateOptions): VectorAnalyses {
  const count = users.length;
  const revealed = pairTable(users, (a, b) => jaccard(a.revealed, b.revealed));
  const long = cosines(users.map(({ zLong }) => zLong));
  const against = (table: Float64Array): PairAnalysis => ({
    ...associate(revealed, table, count, options),
    quartiles: extremes(revealed, table, 1 / 4),
    quintiles: extremes(revealed, table, 1 / 5),
  });
  const known = [...revealed.keys()].filter((pair) => !Number.isNaN(revealed[pair]));
  return {
    long: { ...against(long), drawn: drawnPairs(revealed, long, options.seed) },
    short: against(cosines(users.map(({ zShort }) => zShort))),
    combined: against(cosines(users.map(({ zLong, zShort }) => combination(zLong, zShort, betaLong, betaShort)))),
    trueProfiles: associate(pairTable(users, (a, b) => jaccard(a.wishes, b.wishes)), long, count, options),
    exposureControlled: associate(revealed, long, count, { ...options, control: pairTable(users, (a, b) => jaccard(a.tasks, b.tasks)) }),
    groundTruth: groundTruthOf(users, long, options),
    placebo: placeboOf(users, revealed, long, known),
    splitHalf: splitHalfOf(users),
    map: mapOf(users),
  };
}

/** A cosine for each pair; NaN where a vector has no direction. */
export function cosines(vectors: readonly Numbers[]): Float64Array {
  const units = vectors.map((vector) => {
    const size = norm(vector);
    return size > 0 ? Float64Array.from(vector, (part) => part / size) : null;
  });
  return pairTable(units, (a, b) => (a && b ? Math.max(-1, Math.min(1, dot(a, b))) : null));
}

/** Pairs for a drawing, in the order of the tables. */
function drawnPairs(likeness: Float64Array, table: Float64Array, seed: number): [number, number][] {
  const known = [...likeness.keys()].filter((pair) => !Number.isNaN(likeness[pair]) && !Number.isNaN(table[pair]));
  const drawn = known.length <= MOST_DRAWN ? known : createRandom(seedFrom('pairs drawn', seed)).shuffle(known).slice(0, MOST_DRAWN).sort((a, b) => a - b);
  return drawn.map((pair) => [likeness[pair]!, table[pair]!]);
}

const MOST_DRAWN = 2_000;

function combination(zLong: Float64Array, zShort: Float64Array, betaLong: number, betaShort: number): Float64Array {
  const sum = zLong.map((part) => betaLong * part);
  addScaled(sum, zShort, betaShort);
  return sum;
}

function groundTruthOf(users: readonly VectorUser[], long: Float64Array, options: AssociateOptions): GroundTruth | null {
  if (users.every(({ truth }) => truth === null)) return null;
  const zero = new Float64Array(users[0]!.zLong.length);
  const truths = users.map(({ truth }) => truth ?? zero);
  const own: number[] = [];
  const others: number[] = [];
  users.forEach(({ zLong }, user) => truths.forEach((truth, other) => {
    const likeness = cosine(zLong, truth);
    if (likeness !== null) (user === other ? own : others).push(likeness);
  }));
  const wishes = users.reduce((sum, user) => sum + user.wishes.size, 0);
  return {
    ...associate(cosines(truths), long, users.length, options),
    own: own.length > 0 ? mean(own) : null,
    others: others.length > 0 ? mean(others) : null,
    covered: wishes > 0 ? users.reduce((sum, user) => sum + user.wishesCovered, 0) / wishes : 0,
  };
}

function placeboOf(users: readonly VectorUser[], revealed: Float64Array, long: Float64Array, known: readonly number[]): Placebo | null {
  const rhoOf = (table: Float64Array) => {
    const both = known.filter((pair) => !Number.isNaN(table[pair]));
    return spearman(both.map((pair) => revealed[pair]!), both.map((pair) => table[pair]!));
  };
  const real = rhoOf(long);
  const rounds = Math.min(...users.map(({ placebos }) => placebos.length));
  const found = Array.from({ length: users.length > 0 ? rounds : 0 }, (_, round) => rhoOf(cosines(users.map(({ placebos }) => placebos[round]!)))).filter((rho) => rho !== null);
  if (real === null || found.length === 0) return null;
  const sorted = [...found].sort((a, b) => a - b);
  return { rounds: found.length, mean: mean(found), low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975), p: (1 + found.filter((rho) => rho >= real - 1e-12).length) / (1 + found.length) };
}

function splitHalfOf(users: readonly VectorUser[]): SplitHalf | null {
  const own: number[] = [];
  const others: number[] = [];
  users.forEach(({ halves: [even] }, user) => users.forEach(({ halves: [, odd] }, other) => {
    const likeness = cosine(even, odd);
    if (likeness !== null) (user === other ? own : others).push(likeness);
  }));
  return own.length === 0 ? null : { users: own.length, own: mean(own), others: others.length > 0 ? mean(others) : null };
}

function mapOf(users: readonly VectorUser[]): VectorMap | null {
  const placed = users.filter(({ zLong }) => norm(zLong) > 0);
  const plane = principalPlane(placed.map(({ zLong }) => zLong.map((part) => part / norm(zLong))));
  if (!plane) return null;
  const points = placed.map(({ userId, zLong, revealed }, index) => ({ userId, x: plane.points[index]![0], y: plane.points[index]![1], norm: norm(zLong), revealed: revealed.size }));
  return { points, explained: plane.explained };
}

export interface VectorUser {
  readonly userId: string;
  /** Texts of the preferences that the user enforced at least once, and of all in the profile: ids may mean something else for another user. */
  readonly revealed: ReadonlySet<string>;
  readonly wishes: ReadonlySet<string>;
  /** Problems that the user met. */
  readonly tasks: ReadonlySet<string>;
  readonly zLong: Float64Array;
  readonly zShort: Float64Array;
  /** What zLong learned in even and in odd sessions. */
  readonly halves: readonly [Float64Array, Float64Array];
  readonly placebos: readonly Float32Array[];
  /** Mean item vector of the user's true preferences, and for how many of them there was one; null: for none. */
  readonly truth: Float64Array | null;
  readonly wishesCovered: number;
}

interface VectorAnalyses {
  readonly long: PairAnalysis;
  readonly short: PairAnalysis;
  readonly combined: PairAnalysis;
  readonly trueProfiles: ReturnType<typeof associate>;
  readonly exposureControlled: ReturnType<typeof associate>;
  readonly groundTruth: GroundTruth | null;
  readonly placebo: Placebo | null;
  readonly splitHalf: SplitHalf | null;
  readonly map: VectorMap | null;
}
