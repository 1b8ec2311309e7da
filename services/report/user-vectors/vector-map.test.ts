import { expect, test } from 'vitest';
import { createRandom } from '../../platform/random.ts';
import { principalPlane } from './vector-map.ts';

test('points of a plane keep their distances, the longer axis first, and the sign is fixed', () => {
  const random = createRandom(3);
  const flat = Array.from({ length: 20 }, () => [6 * (random.next() - 0.5), 2 * (random.next() - 0.5)] as const);
  // The plane lies askew in four dimensions.
  const vectors = flat.map(([a, b]) => [0.5 * a + 0.5 * b, 0.5 * a - 0.5 * b, 0.5 * a + 0.5 * b, 0.5 * a - 0.5 * b]);
  const { points, explained } = principalPlane(vectors)!;
  const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.hypot(...Array.from(a, (x, index) => x - b[index]!));
  for (const [first, a] of vectors.entries()) for (const [second, b] of vectors.entries()) expect(distance(points[first]!, points[second]!)).toBeCloseTo(distance(a, b), 6);
  expect(explained[0] + explained[1]).toBeCloseTo(1, 9);
  expect(explained[0]).toBeGreaterThan(explained[1]);
  for (const axis of [0, 1] as const) expect(points.map((point) => point[axis]).reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a))).toBeGreaterThan(0);
  // Turned round, the map is the same.
  const mirrored = principalPlane(vectors.map((vector) => vector.map((x) => -x)))!;
  const size = (plane: typeof points) => plane.map(([x, y]) => Math.hypot(x, y));
  size(mirrored.points).forEach((found, index) => expect(found).toBeCloseTo(size(points)[index]!, 6));
});

test('nothing to draw', () => {
  expect(principalPlane([[1, 2], [3, 4]])).toBeNull();
  expect(principalPlane([[1, 2], [1, 2], [1, 2]])).toBeNull();
});
