import { expect, test } from 'vitest';
import type { Trajectory } from '../plan.ts';
import { createTurns } from './turns.ts';

const trajectory = (method: string, sessions: number) => ({ method, sessions: Array.from({ length: sessions }, (_, session) => ({ session })) }) as unknown as Trajectory;
const never = new AbortController().signal;
const keep = () => {};
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('of those that wait the one with the most sessions left goes first; one that is called off leaves its place to the next', async () => {
  const turns = createTurns(() => 1);
  const order: string[] = [];
  const leave = await turns.begin(trajectory('first', 1), 0, { signal: never, giveBack: keep });
  const calledOff = new AbortController();
  const begin = (name: string, sessions: number, session: number, signal = never) =>
    turns.begin(trajectory(name, sessions), session, { signal, giveBack: keep }).then(
      (over) => {
        order.push(name);
        over();
      },
      () => order.push(`${name} called off`),
    );
  const all = [begin('two left', 4, 2), begin('five left', 5, 0, calledOff.signal), begin('three left', 3, 0), begin('one left', 9, 8)];
  expect(turns.waiting()).toBe(4);
  calledOff.abort();
  await settled();
  expect(turns.waiting()).toBe(3);
  leave();
  await Promise.all(all);
  expect(order).toEqual(['five left called off', 'three left', 'two left', 'one left']);
  expect(turns.waiting()).toBe(0);
});

test('those with the most left are given away, each once, and none that is being played', async () => {
  const turns = createTurns(() => 1);
  const given: string[] = [];
  const begin = (name: string, sessions: number) => {
    const giving = new AbortController();
    return turns.begin(trajectory(name, sessions), 0, {
      signal: giving.signal,
      giveBack() {
        given.push(name);
        giving.abort();
      },
    });
  };
  const leave = await begin('played', 9);
  const waiting = ['short', 'long', 'middle'].map((name, index) => begin(name, [1, 3, 2][index]!).then(() => name, () => null));
  turns.give(2);
  turns.give(0);
  expect(given).toEqual(['long', 'middle']);
  leave();
  expect(await Promise.all(waiting)).toEqual(['short', null, null]);
  turns.give(5);
  expect(given).toEqual(['long', 'middle']);
});
