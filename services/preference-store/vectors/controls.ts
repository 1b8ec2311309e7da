import { createRandom, seedFrom } from '../../platform/random.ts';
import type { UserVectors } from './reinforce.ts';

/**
 * The vectors that a retrieval acts on, learned ones or a control's (spec: algorithm.md 3.11). Learning goes on behind a control as it does without one:
 * only what the policy sees is replaced.
 *
 * - `learned`: the vectors as they are.
 * - `frozen`: zeros, through the same code: the bonus is exactly 0.
 * - `random`: a random direction of the learned length. What a long-term vector is to a user, one lasting direction, its stand-in is too: the long-term direction
 *   is drawn once a user, the short-term one once a user and session, and only their lengths follow the learning. Were the direction drawn anew for each turn, the
 *   control would differ from the learned vector in steadiness as well as in what was learned.
 *
 * `userKey` is any text that names method and user, without the run: equal runs draw equal vectors. Mode off has no vectors: use scoreBase().
 */
export function actingVectors(mode: ActingMode, { zLong, zShort }: Pick<UserVectors, 'zLong' | 'zShort'>, draw: RandomDraw): Pick<UserVectors, 'zLong' | 'zShort'> {
  if (mode === 'learned') return { zLong, zShort };
  if (mode === 'frozen') return { zLong: new Float64Array(zLong.length), zShort: new Float64Array(zShort.length) };
  return {
    zLong: randomLike(zLong, seedFrom(draw.seed, 'random long-term vector', draw.userKey)),
    zShort: randomLike(zShort, seedFrom(draw.seed, 'random short-term vector', draw.userKey, draw.session)),
  };
}

/** Euclidean length. */
export function norm(vector: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < vector.length; k += 1) sum += vector[k]! * vector[k]!;
  return Math.sqrt(sum);
}

/** A vector of the same length in a direction drawn evenly: independent normal numbers, scaled. */
function randomLike(vector: Float64Array, seed: number): Float64Array {
  const length = norm(vector);
  const drawn = new Float64Array(vector.length);
  if (length === 0) return drawn;
  const random = createRandom(seed);
  for (let k = 0; k < drawn.length; k += 1) drawn[k] = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  const scale = length / norm(drawn);
  return drawn.map((x) => x * scale);
}

export type ActingMode = 'learned' | 'frozen' | 'random';

export interface RandomDraw {
  seed: number;
  userKey: string;
  session: number;
}
