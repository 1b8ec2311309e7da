import { describe, expect, test } from 'vitest';
import { FeedbackTrace, RetrievalTrace } from '../../gen/attune/preference/v1/preference.ts';
import { SessionRecord } from '../../gen/attune/record/v1/record.ts';
import { learningParamsOf } from './learning-params.ts';
import { rebuildVectors } from './rebuild-vectors.ts';

/** The published session W3 (spec: algorithm.md 6.8), for a user whose vectors start at zero: increments depend on the probabilities, not on where the vectors are. */
const ITEMS = { one: [1, 0, 0], two: [0, 1, 0], three: [0, 0.6, 0.8] };
const STEPS = [
  { probabilities: [0.399329491439, 0.295830563313, 0.304839945248], chosen: ['one', 'three'], reward: -0.5, gate: 0.5, advantage: -0.3 },
  { probabilities: [0.518863690888, 0.18572610206, 0.295410207052], chosen: ['one', 'three'], reward: 0.5, gate: 0.5, advantage: 0.215 },
];
const LONG = [[-0.000302011526, 0.000536203591, -0.000468384131], [-0.000302011526 - 4.0556935e-5, 0.000536203591 - 0.000135390287, -0.000468384131 + 0.000351894444]];
const SHORT = [[-0.001510057628, 0.002681017957, -0.002341920657], [-0.001561836543, 0.001735964729, -0.000348256372]];
const PARAMS = learningParamsOf({ experiment: {} });
const size = (vector: readonly number[]) => Math.hypot(...vector);

function session(number: number, { items = true, norms = LONG.map(size) }: { items?: boolean; norms?: number[] } = {}): SessionRecord {
  const bytes = (name: keyof typeof ITEMS) => (items ? Buffer.from(Float32Array.from(ITEMS[name]).buffer) : Buffer.alloc(0));
  const retrieval = ({ probabilities, chosen }: (typeof STEPS)[number]) =>
    RetrievalTrace.fromPartial({ candidates: Object.keys(ITEMS).map((cardId, index) => ({ cardId, probability: probabilities[index]! })), chosenIds: chosen, tau: 1 });
  const feedback = (turn: number) => {
    const { reward, gate, advantage } = STEPS[turn]!;
    return FeedbackTrace.fromPartial({ turn, updated: true, reward, gate, advantage, zLongNorm: norms[turn]!, zShortNorm: size(SHORT[turn]!) });
  };
  return SessionRecord.fromPartial({
    session: number,
    turns: [
      { turn: 0, agent: { retrieval: retrieval(STEPS[0]!), stored: number === 0 ? (Object.keys(ITEMS) as (keyof typeof ITEMS)[]).map((name) => ({ cardId: name, itemVector: bytes(name) })) : [] } },
      { turn: 1, agent: { retrieval: retrieval(STEPS[1]!), feedback: feedback(0) } },
    ],
    endFeedback: feedback(1),
  });
}

function rebuilt(records: readonly SessionRecord[], placebos = 0) {
  const rebuild = rebuildVectors(PARAMS, { userId: 'u', placebos, seed: 1 });
  for (const record of records) rebuild.read(record);
  return rebuild.finish();
}

describe('vectors learned again from the records', () => {
  test('the published increments, to the recorded lengths', () => {
    const { vectors, lost, norms } = rebuilt([session(0)]);
    expect(lost).toBeNull();
    // Item vectors are float32.
    LONG[1]!.forEach((part, index) => expect(Math.abs(vectors!.zLong[index]! - part)).toBeLessThan(1e-9));
    SHORT[1]!.forEach((part, index) => expect(Math.abs(vectors!.zShort[index]! - part)).toBeLessThan(1e-9));
    expect(norms).toEqual([{ session: 0, norm: size(LONG[1]!) }]);
  });

  test('a new session starts without a short-term vector; halves go by session and add up', () => {
    const { vectors, lost } = rebuilt([session(0), session(1, { norms: [size(LONG[1]!.map((part, index) => part + LONG[0]![index]!)), 2 * size(LONG[1]!)] })]);
    expect(lost).toBeNull();
    SHORT[1]!.forEach((part, index) => expect(Math.abs(vectors!.zShort[index]! - part)).toBeLessThan(1e-9));
    const [even, odd] = vectors!.halves;
    vectors!.zLong.forEach((part, index) => expect(even[index]! + odd[index]!).toBeCloseTo(part, 15));
    LONG[1]!.forEach((part, index) => expect(Math.abs(odd[index]! - part)).toBeLessThan(1e-9));
  });

  test('lengths that differ from the records, and records without places of cards, are told', () => {
    expect(rebuilt([session(0, { norms: [0.001, 0.002] })])).toMatchObject({ learned: true, lost: 'other_lengths', vectors: null });
    expect(rebuilt([session(0, { items: false })])).toMatchObject({ learned: true, lost: 'no_items', vectors: null });
    expect(rebuilt([SessionRecord.fromPartial({ session: 0 })])).toMatchObject({ learned: false, lost: null, vectors: null });
  });

  test('placebos learn from the same replies with the rewards dealt out anew: for two steps the real vector or the one with swapped rewards', () => {
    const { vectors } = rebuilt([session(0)], 30);
    const kinds = new Set(vectors!.placebos.map((placebo) => [...placebo].map((part) => part.toExponential(3)).join()));
    expect(kinds.size).toBe(2);
    // With a baseline of 0 at the start, unlike W3's.
    const swapped = [0, 1, 2].map((axis) => directionOf(0)[axis]! * 0.25 * 0.01 + directionOf(1)[axis]! * 0.5 * (-0.5 - 0.025) * 0.01);
    expect(vectors!.placebos.some((placebo) => swapped.every((part, axis) => Math.abs(part - placebo[axis]!) < 1e-8))).toBe(true);
    expect(rebuilt([session(0)], 30).vectors!.placebos).toEqual(vectors!.placebos);
  });
});

test('rates come from the experiment, else from the published defaults', () => {
  expect(PARAMS).toMatchObject({ betaLong: 2, betaShort: 5, etaLong: 0.01, etaShort: 0.05, alpha: 0.05, lambda: 0.1, bilinear: false });
  expect(learningParamsOf({ experiment: { preferences: { topJ: 3, vectors: { etaLong: 0.5 } } } })).toMatchObject({ etaLong: 0.5, etaShort: 0.05 });
});

/** (mean of the chosen − expectation) of one step, by hand. */
function directionOf(step: number): number[] {
  const { probabilities, chosen } = STEPS[step]!;
  const vectors = Object.values(ITEMS);
  return [0, 1, 2].map((axis) => Object.keys(ITEMS).reduce((sum, name, index) => sum + ((chosen.includes(name) ? 0.5 : 0) - probabilities[index]!) * vectors[index]![axis]!, 0));
}
