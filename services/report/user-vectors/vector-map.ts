import { createRandom, seedFrom } from '../../platform/random.ts';
import { addScaled, dot, norm } from './vector-math.ts';

/**
 * Where vectors lie on their first two principal components, each point's coordinates in order. Equal vectors give equal maps on every machine: a component's sign
 * makes the largest coordinate in magnitude positive (the first of several). Null for fewer than three vectors or when all are equal.
 */
export function principalPlane(vectors: readonly ArrayLike<number>[]): { points: [number, number][]; explained: [number, number] } | null {
  const n = vectors.length;
  if (n < 3) return null;
  const centred = centre(vectors);
  // With fewer vectors than dimensions their products hold all there is to know.
  const products = centred.map((a) => Float64Array.from(centred, (b) => dot(a, b)));
  const total = products.reduce((sum, row, index) => sum + row[index]!, 0);
  if (!(total > 1e-12)) return null;
  const first = largestEigenvector(products, 1);
  const second = largestEigenvector(deflated(products, first), 2);
  const [x, y] = [first, second].map(({ value, vector }) => coordinates(value, vector)) as [number[], number[]];
  return { points: x.map((at, index) => [at, y[index]!]), explained: [first.value / total, second.value / total] };
}

/** By power iteration from a seeded start; enough rounds to part values that differ by a few percent, and directions of equal values are arbitrary anyway. */
function largestEigenvector(matrix: readonly Float64Array[], which: number): Eigenpair {
  const random = createRandom(seedFrom('vector map', which));
  let vector = unit(Float64Array.from(matrix, () => random.next() - 0.5));
  let value = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = Float64Array.from(matrix, (row) => dot(row, vector));
    const size = norm(next);
    if (size === 0) return { value: 0, vector };
    const settled = Math.abs(size - value) <= 1e-13 * size;
    value = size;
    vector = unit(next);
    if (settled) break;
  }
  return { value, vector };
}

function deflated(matrix: readonly Float64Array[], { value, vector }: Eigenpair): Float64Array[] {
  return matrix.map((row, index) => {
    const rest = Float64Array.from(row);
    addScaled(rest, vector, -value * vector[index]!);
    return rest;
  });
}

function coordinates(value: number, vector: Float64Array): number[] {
  let largest = 0;
  for (const part of vector) if (Math.abs(part) > Math.abs(largest) * (1 + 1e-9)) largest = part;
  return Array.from(vector, (part) => Math.sign(largest) * part * Math.sqrt(value));
}

function centre(vectors: readonly ArrayLike<number>[]): Float64Array[] {
  const mean = new Float64Array(vectors[0]!.length);
  for (const vector of vectors) addScaled(mean, vector, 1 / vectors.length);
  return vectors.map((vector) => {
    const rest = Float64Array.from(vector);
    addScaled(rest, mean, -1);
    return rest;
  });
}

function unit(vector: Float64Array): Float64Array {
  const size = norm(vector);
  return vector.map((part) => part / size);
}

const ROUNDS = 2_000;

interface Eigenpair {
  value: number;
  vector: Float64Array;
}
