import { describe, expect, test } from 'vitest';
import { Event } from '../../gen/attune/event/v1/event.ts';
import type { Bus, DeadLetter, SubscribeOptions } from './contract.ts';

/** What every bus keeps, whether it ends with the process or lies on a server. `open` gives a bus for the run "r". */
export function describeBus(name: string, open: (options: BusUnderTest) => Promise<Bus> | Bus): void {
  describe(`the contract of ${name}`, () => {
    test('events arrive in the order of publishing when concurrency is 1, and so many at once when it is more', async () => {
      const bus = await open({});
      const order: string[] = [];
      let running = 0;
      let most = 0;
      bus.subscribe(judge, async ({ eventId }) => {
        if (eventId.endsWith('0')) await turnOfLoop();
        order.push(eventId);
      });
      bus.subscribe({ ...judge, name: 'parallel', concurrency: 4 }, async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 2));
        running -= 1;
      });
      const ids = Array.from({ length: 50 }, (_, index) => `e${index}`);
      for (const id of ids) await bus.publish(fault(id));
      await bus.close();
      expect(order).toEqual(ids);
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(4);
    });

    test('a subscription gets only the facts that it asks for', async () => {
      const bus = await open({});
      const { seen, open: let_ } = gated(bus, judge);
      let_();
      await bus.publish(judged('j'));
      await bus.publish(fault('f'));
      await bus.close();
      expect(seen).toEqual(['f']);
    });

    test('a second copy is dropped, also while the first is under way', async () => {
      const bus = await open({});
      const { seen, open: let_ } = gated(bus, judge);
      await Promise.all([bus.publish(fault('a')), bus.publish(fault('a'))]);
      let_();
      await bus.idle('judge');
      await bus.publish(fault('a'));
      await bus.close();
      expect(seen).toEqual(['a']);
    });

    test('each subscription gets its own copy', async () => {
      const bus = await open({});
      const details: string[] = [];
      for (const name of ['one', 'two']) {
        bus.subscribe({ ...recorder, name }, async ({ fact }) => {
          if (fact?.$case !== 'faultSeen') return;
          details.push(fact.value.detail);
          fact.value.detail = 'changed';
        });
      }
      const event = fault('a', 'original');
      await bus.publish(event);
      await bus.close();
      expect(details).toEqual(['original', 'original']);
      expect(event.fact).toMatchObject({ value: { detail: 'original' } });
    });

    test.each([
      ['without id', fault('')],
      ['without fact', Event.fromPartial({ eventId: 'x', runId: 'r' })],
    ])('an event %s is refused', async (_, event) => {
      const bus = await open({});
      await expect(bus.publish(event)).rejects.toMatchObject({ code: 'invalid_argument' });
      await bus.close();
    });

    test('a handler that throws gets the event again, then it is done', async () => {
      const letters: DeadLetter[] = [];
      const bus = await open({ backoffMs: NO_WAIT, onDeadLetter: (letter) => letters.push(letter) });
      const attempts: number[] = [];
      bus.subscribe(judge, async (_, { attempt }) => {
        attempts.push(attempt);
        if (attempt < 4) throw new Error('not yet');
      });
      await bus.publish(fault('a'));
      await bus.close();
      expect(attempts).toEqual([1, 2, 3, 4]);
      expect(letters).toEqual([]);
    });

    test('in queue mode an event that always fails becomes a dead letter, and the next is handled', async () => {
      const letters: DeadLetter[] = [];
      const bus = await open({ backoffMs: NO_WAIT, onDeadLetter: (letter) => letters.push(letter) });
      const seen: string[] = [];
      bus.subscribe(judge, async ({ eventId }) => {
        if (eventId === 'bad') throw new Error('cannot');
        seen.push(eventId);
      });
      await bus.publish(fault('bad'));
      await bus.publish(fault('good'));
      await bus.close();
      expect(letters).toMatchObject([{ subscription: 'judge', event: { eventId: 'bad' }, attempts: 4, error: { message: 'cannot' } }]);
      expect(seen).toEqual(['good']);
    });

    test('close handles what is queued and lets handlers publish meanwhile', async () => {
      const bus = await open({});
      const kept = gated(bus, recorder);
      kept.open();
      bus.subscribe(judge, async ({ eventId }) => {
        await turnOfLoop();
        await bus.publish(judged(`verdict of ${eventId}`));
      });
      for (const id of ['a', 'b', 'c']) await bus.publish(fault(id));
      await bus.close();
      expect(kept.seen.sort()).toEqual(['a', 'b', 'c', 'verdict of a', 'verdict of b', 'verdict of c']);
      await expect(bus.publish(fault('late'))).rejects.toMatchObject({ code: 'failed_precondition' });
    });

    test('close without draining tells handlers and gives nothing up', async () => {
      const letters: DeadLetter[] = [];
      const bus = await open({ onDeadLetter: (letter) => letters.push(letter) });
      const seen: string[] = [];
      let started: () => void = () => {};
      const begun = new Promise<void>((resolve) => (started = resolve));
      bus.subscribe(judge, async ({ eventId }, { signal }) => {
        seen.push(eventId);
        started();
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      });
      await bus.publish(fault('a'));
      await bus.publish(fault('b'));
      await begun;
      await bus.close({ drain: false });
      expect(seen).toEqual(['a']);
      expect(letters).toEqual([]);
    });

    test('a subscription that is closed frees its name', async () => {
      const bus = await open({});
      const first = gated(bus, judge);
      expect(() => gated(bus, judge)).toThrow('already');
      await bus.publish(fault('a'));
      first.open();
      await bus.idle('judge');
      await first.subscription.close();
      const second = gated(bus, judge);
      second.open();
      await bus.publish(fault('b'));
      await bus.close();
      expect([first.seen, second.seen]).toEqual([['a'], ['b']]);
    });

    test('wrong subscriptions are refused in a sentence', async () => {
      const bus = await open({});
      expect(() => gated(bus, { ...judge, facts: [] })).toThrow('should name facts among runStarted');
      expect(() => gated(bus, { ...judge, facts: ['somethingElse' as never] })).toThrow('found somethingElse');
      expect(() => gated(bus, { ...judge, concurrency: 0 })).toThrow('concurrency');
      await expect(bus.idle('nobody')).rejects.toMatchObject({ code: 'not_found' });
      await bus.close();
    });
  });
}

export const NO_WAIT = [0, 0, 0];

export const recorder: SubscribeOptions = { name: 'recorder', facts: ['faultSeen', 'sessionJudged'], mode: 'ack' };
export const judge: SubscribeOptions = { name: 'judge', facts: ['faultSeen'], mode: 'queue' };

export function fault(eventId: string, detail = ''): Event {
  return Event.fromPartial({ eventId, runId: 'r', fact: { $case: 'faultSeen', value: { detail } } });
}

function judged(eventId: string): Event {
  return Event.fromPartial({ eventId, runId: 'r', fact: { $case: 'sessionJudged', value: {} } });
}

/** A subscription that keeps ids and waits at a gate. */
export function gated(bus: Bus, options: SubscribeOptions) {
  const seen: string[] = [];
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const subscription = bus.subscribe(options, async ({ eventId }) => {
    await gate;
    seen.push(eventId);
  });
  return { seen, open, subscription };
}

export const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface BusUnderTest {
  backoffMs?: readonly number[];
  onDeadLetter?: (letter: DeadLetter) => void;
}
