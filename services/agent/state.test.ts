import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filesWith } from '../../test/support/lab.ts';
import { createRandom } from '../platform/random.ts';
import { openStateStore } from './state.ts';

const userOf = (userId: string) => ({ runId: 'r', method: 'm', userId });
const keyOf = (userId: string, session: number) => ({ user: userOf(userId), session });

describe('openStateStore', () => {
  test('property: the state of a session is the newest that stands of an earlier one', () => {
    const step = fc.record({ kind: fc.constantFrom('put', 'put', 'put', 'rewind', 'replace', 'forget'), who: fc.constantFrom('a', 'b'), session: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const store = openStateStore(null);
        const model = { a: new Map<number, string>(), b: new Map<number, string>() };
        for (const [index, { kind, who, session }] of steps.entries()) {
          const states = model[who];
          const key = keyOf(who, session);
          const json = String(index);
          if (kind === 'put') {
            store.put(key, json);
            states.set(session, json);
          } else if (kind === 'rewind') {
            store.rewind(key);
            for (const at of [...states.keys()]) if (at >= session) states.delete(at);
          } else if (kind === 'replace') {
            store.replace(key, json);
            states.clear();
            states.set(session - 1, json);
          } else {
            expect(store.forget(userOf(who))).toBe(states.size);
            states.clear();
          }
        }
        for (const who of ['a', 'b'] as const) {
          for (let session = 0; session < 8; session += 1) {
            const newest = Math.max(-Infinity, ...[...model[who].keys()].filter((at) => at < session));
            expect(store.at(keyOf(who, session))).toBe(model[who].get(newest) ?? null);
          }
        }
        store.close();
      }),
      { seed: 23, numRuns: 100 },
    );
  });

  test('a key without a whole user is refused', () => {
    const store = openStateStore(null);
    for (const user of [undefined, { ...userOf('u'), runId: '' }, { ...userOf('u'), method: '' }, userOf('')]) {
      expect(() => store.put({ user, session: 0 }, '1')).toThrow(/needs run_id, method and user_id/);
      expect(() => store.at({ user, session: 0 })).toThrow(/needs run_id/);
    }
    store.close();
  });

  // Rows of many sizes move between pages; a plain deletion leaves copies in some of these histories and not in others.
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('what is forgotten is gone from the files after a long history too (%i)', (seed) => {
    const folder = mkdtempSync(join(tmpdir(), 'attune-states-'));
    const store = openStateStore(folder);
    const random = createRandom(seed);
    for (let step = 0; step < 400; step += 1) {
      const who = random.int(15);
      const key = keyOf(`u${who}`, random.int(12));
      if (random.chance(0.1)) store.rewind(key);
      else store.put(key, JSON.stringify(`mark-${who}-of-user `.repeat(1 + random.int(200))));
    }
    const neighbour = store.at(keyOf('u8', 12));
    store.forget(userOf('u7'));
    const held = filesWith(folder, 'mark-7-of-user');
    expect(store.at(keyOf('u8', 12))).toBe(neighbour);
    store.close();
    expect([...held, ...filesWith(folder, 'mark-7-of-user')]).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});
