import { expect, test } from 'vitest';
import { createRandom } from '../../platform/random.ts';
import { measuredSpread, type Outcome } from './measured-spread.ts';
import { createNormal } from './normal-draws.ts';

test('recovers what users differ by and what sessions do, also from few sessions', () => {
  const normal = createNormal(createRandom(5));
  const outcomes: Outcome[] = [];
  for (let user = 0; user < 400; user++) {
    const shift = 0.2 * normal();
    for (let session = 0; session < 6; session++) {
      outcomes.push({ method: 'a', userId: `u${user}`, session, value: 0.5 * normal() });
      outcomes.push({ method: 'b', userId: `u${user}`, session, value: shift + 0.5 * normal() });
    }
  }
  const found = measuredSpread(outcomes)!;
  expect(found.betweenProfiles).toBeCloseTo(0.2, 1);
  expect(found.session).toBeCloseTo(0.5, 1);
});

test('users that do not differ have no spread of their own; two users with two sessions are the least', () => {
  const pair = (userId: string, values: readonly (readonly [number, number])[]): Outcome[] =>
    values.flatMap(([a, b], session) => [{ method: 'a', userId, session, value: a }, { method: 'b', userId, session, value: b }]);
  expect(measuredSpread([...pair('u', [[1, 0], [0, 1]]), ...pair('v', [[1, 0], [0, 1]])])).toEqual({ betweenProfiles: 0, session: 1 });
  expect(measuredSpread(pair('u', [[1, 0], [0, 1]]))).toBeNull();
  expect(measuredSpread([...pair('u', [[1, 0]]), ...pair('v', [[1, 0]])])).toBeNull();
});
