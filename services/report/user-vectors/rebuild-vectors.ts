import type { FeedbackTrace, RetrievalTrace, StoredCard } from '../../gen/attune/preference/v1/preference.ts';
import type { SessionRecord } from '../../gen/attune/record/v1/record.ts';
import { createRandom, seedFrom } from '../../platform/random.ts';
import type { LearningParams } from './learning-params.ts';
import { addScaled, norm } from './vector-math.ts';

/**
 * Learns one user's vectors again from its session records, read in order (spec: algorithm.md 6.3): where each card lies, which cards each retrieval weighed, and the
 * reward. The lengths after every step are in the records too, so it is known whether the result is the vector that the method had.
 *
 * `placebos` rounds learn from the same replies with the user's rewards dealt out anew among them: what of the vectors comes from the rewards, and what from the cards.
 */
export function rebuildVectors(params: LearningParams, { userId, placebos, seed }: { userId: string; placebos: number; seed: number }): VectorRebuild {
  const items = new Map<string, Float32Array>();
  const steps: Step[] = [];
  const norms: { session: number; norm: number }[] = [];
  let zLong: Float64Array | null = null;
  let zShort = new Float64Array(0);
  let halves: [Float64Array, Float64Array] = [new Float64Array(0), new Float64Array(0)];
  let lost: LostVectors | null = null;

  const keepItems = (stored: readonly StoredCard[]) => {
    for (const { cardId, itemVector } of stored) {
      if (itemVector.length === 0) continue;
      const item = floatsOf(itemVector);
      items.set(cardId, item);
      if (zLong) continue;
      zLong = new Float64Array(item.length);
      halves = [new Float64Array(item.length), new Float64Array(item.length)];
    }
  };

  const learn = (session: number, feedback: FeedbackTrace, trace: RetrievalTrace | undefined) => {
    if (!STEPS.has(feedback.skipped)) return;
    const direction = feedback.skipped === 'nothing_chosen' ? null : trace ? directionOf(trace, items, params) : null;
    if (feedback.skipped !== 'nothing_chosen') {
      if (!direction || !zLong) {
        lost ??= 'no_items';
        return;
      }
      steps.push({ direction, reward: feedback.reward, gate: feedback.gate });
    }
    if (params.shortDecay === 'everyTurn' || feedback.updated) for (let index = 0; index < zShort.length; index += 1) zShort[index]! *= 1 - params.lambda;
    if (!feedback.updated || !direction || !zLong) return;
    addScaled(zLong, direction, params.etaLong * feedback.advantage);
    addScaled(halves[session % 2]!, direction, params.etaLong * feedback.advantage);
    addScaled(zShort, direction, params.etaShort * feedback.advantage);
    if (!isClose(norm(zLong), feedback.zLongNorm) || !isClose(norm(zShort), feedback.zShortNorm)) lost ??= 'other_lengths';
  };

  return {
    read(record) {
      zShort = new Float64Array(zLong?.length ?? 0);
      let latest: FeedbackTrace | undefined;
      const traceOf = (turn: number) => record.turns.find((one) => one.turn === turn)?.agent?.retrieval;
      for (const { agent } of record.turns) {
        if (!agent) continue;
        // What is said to a reply is learned before the message's own preferences are stored.
        if (agent.feedback) learn(record.session, agent.feedback, traceOf(agent.feedback.turn));
        latest = agent.feedback ?? latest;
        keepItems(agent.stored);
        if (zLong && zShort.length === 0) zShort = new Float64Array(zLong.length);
      }
      if (record.endFeedback) learn(record.session, record.endFeedback, traceOf(record.endFeedback.turn));
      latest = record.endFeedback ?? latest;
      keepItems(record.endStored);
      if (latest) norms.push({ session: record.session, norm: latest.zLongNorm });
    },
    finish() {
      const learned = norms.length > 0;
      const vectors = zLong && lost === null ? { zLong, zShort: zShort.length > 0 ? zShort : new Float64Array(zLong.length), halves, placebos: placebosOf(steps, params, { userId, placebos, seed, dimensions: zLong.length }) } : null;
      return { learned, lost: vectors || !learned ? null : (lost ?? 'no_items'), vectors, norms, items };
    },
  };
}

/** Steps that count as learning; others had no reward. */
const STEPS = new Set(['', 'nothing_chosen', 'advantage_too_small']);
/** Smaller advantages move nothing (spec: algorithm.md 6.3). */
const LEAST_ADVANTAGE = 1e-6;

/** (mean of v over the chosen − Σ π v over all candidates) / tau; null when a candidate's place is not known. */
function directionOf({ candidates, chosenIds, tau }: RetrievalTrace, items: ReadonlyMap<string, Float32Array>, { bilinear }: LearningParams): Float64Array | null {
  const chosen = new Set(chosenIds.filter((id) => candidates.some(({ cardId }) => cardId === id)));
  let direction: Float64Array | null = null;
  for (const { cardId, probability, denseScore } of candidates) {
    const item = items.get(cardId);
    if (!item) return null;
    direction ??= new Float64Array(item.length);
    const weight = (chosen.has(cardId) ? 1 / chosen.size : 0) - probability;
    addScaled(direction, item, ((bilinear ? Math.max(0, denseScore) : 1) * weight) / (tau || 1));
  }
  return direction;
}

/** The long-term vectors that dealt-out rewards would have given; float32, since many are kept at once. */
function placebosOf(steps: readonly Step[], params: LearningParams, { userId, placebos, seed, dimensions }: { userId: string; placebos: number; seed: number; dimensions: number }): Float32Array[] {
  const random = createRandom(seedFrom('placebo rewards', seed, userId));
  return Array.from({ length: placebos }, () => {
    const dealt = random.shuffle(steps);
    const z = new Float64Array(dimensions);
    let baseline = 0;
    steps.forEach(({ direction }, index) => {
      const { reward, gate } = dealt[index]!;
      const advantage = gate * (reward - baseline);
      const moves = Math.abs(advantage) >= LEAST_ADVANTAGE;
      if (moves) addScaled(z, direction, params.etaLong * advantage);
      if (moves || params.baselineUpdate === 'everyReward') baseline = (1 - params.alpha) * baseline + params.alpha * reward;
    });
    return Float32Array.from(z);
  });
}

function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** Sums of a few hundred small steps in float64, recorded as JSON doubles. */
function isClose(found: number, recorded: number): boolean {
  return Math.abs(found - recorded) <= 1e-6 * recorded + 1e-12;
}

/** Why vectors cannot be had: a card's place is not in the records, or the rebuilt vectors have other lengths than the recorded ones. */
export type LostVectors = 'no_items' | 'other_lengths';

export interface VectorRebuild {
  read(record: SessionRecord): void;
  finish(): RebuiltVectors;
}

export interface RebuiltVectors {
  /** Whether the records speak of learning at all. */
  readonly learned: boolean;
  readonly lost: LostVectors | null;
  readonly vectors: {
    readonly zLong: Float64Array;
    /** As the last session left it. */
    readonly zShort: Float64Array;
    /** What was learned in even and in odd sessions; they add up to zLong. */
    readonly halves: readonly [Float64Array, Float64Array];
    readonly placebos: readonly Float32Array[];
  } | null;
  /** Recorded lengths of the long-term vector after each session with feedback. */
  readonly norms: readonly { readonly session: number; readonly norm: number }[];
  /** Where cards lie, by id. */
  readonly items: ReadonlyMap<string, Float32Array>;
}

interface Step {
  /** What an advantage of 1 adds to the vectors, before the rates. */
  readonly direction: Float64Array;
  readonly reward: number;
  readonly gate: number;
}
