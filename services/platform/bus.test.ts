import { describe, expect, test } from 'vitest';
import { describeBus, fault, gated, judge, NO_WAIT, recorder, turnOfLoop } from './bus/contract-suite.ts';
import { createInProcessBus, type DeadLetter } from './bus.ts';
import { AttuneError } from './errors.ts';
import { memoryLog } from './memory-log.ts';

async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(
    () => (done = true),
    () => (done = true),
  );
  await turnOfLoop();
  return done;
}

describeBus('the bus of one process', (options) => createInProcessBus(options));

describe('publish', () => {
  test('waits for an ack subscription to finish, and for a queue subscription to queue', async () => {
    const bus = createInProcessBus();
    const first = gated(bus, recorder);
    const second = gated(bus, judge);
    const published = bus.publish(fault('a'));
    expect(await settled(published)).toBe(false);
    first.open();
    await published;
    expect([first.seen, second.seen]).toEqual([['a'], []]);
    second.open();
    await bus.idle('judge');
    expect(second.seen).toEqual(['a']);
    await bus.close();
  });

  test('drops a second copy, also while the first is under way', async () => {
    const bus = createInProcessBus();
    const { seen, open } = gated(bus, recorder);
    const both = Promise.all([bus.publish(fault('a')), bus.publish(fault('a'))]);
    expect(await settled(both)).toBe(false);
    open();
    await both;
    await bus.publish(fault('a'));
    expect(seen).toEqual(['a']);
    await bus.close();
  });

  test('forgets the oldest ids', async () => {
    const bus = createInProcessBus({ rememberedIds: 2 });
    const { seen, open } = gated(bus, recorder);
    open();
    for (const id of ['a', 'b', 'c', 'b', 'a']) await bus.publish(fault(id));
    expect(seen).toEqual(['a', 'b', 'c', 'a']);
    await bus.close();
  });

  test('waits when a queue is full, first come first served', async () => {
    const bus = createInProcessBus();
    const { seen, open } = gated(bus, { ...judge, maxQueued: 1 });
    await bus.publish(fault('in work'));
    await bus.publish(fault('queued'));
    const third = bus.publish(fault('third'));
    const fourth = bus.publish(fault('fourth'));
    expect(await settled(Promise.race([third, fourth]))).toBe(false);
    open();
    await Promise.all([third, fourth]);
    await bus.close();
    expect(seen).toEqual(['in work', 'queued', 'third', 'fourth']);
  });
});

describe('a handler that throws', () => {
  test('without a handler for dead letters, and with a broken one, the log has it', async () => {
    for (const onDeadLetter of [undefined, () => { throw new Error('broken'); }]) {
      const { log, lines } = memoryLog();
      const bus = createInProcessBus({ backoffMs: [], log, ...(onDeadLetter && { onDeadLetter }) });
      bus.subscribe(judge, () => Promise.reject(new Error('cannot')));
      await bus.publish(fault('a'));
      await bus.close();
      expect(lines).toMatchObject([{ level: 'error', subscription: 'judge', eventId: 'a', err: { message: onDeadLetter ? 'broken' : 'cannot' } }]);
    }
  });

  test('in ack mode: publish rejects, queue subscriptions see nothing, and the event can be published again', async () => {
    const bus = createInProcessBus({ backoffMs: NO_WAIT });
    let full = true;
    let otherRecorder = 0;
    bus.subscribe(recorder, async () => {
      if (full) throw new AttuneError('resource_exhausted', 'The disk is full.');
    });
    bus.subscribe({ ...recorder, name: 'other recorder' }, async () => void (otherRecorder += 1));
    const { seen, open } = gated(bus, judge);
    open();
    await expect(bus.publish(fault('a'))).rejects.toMatchObject({ code: 'resource_exhausted', message: 'The disk is full.' });
    await bus.idle('judge');
    expect(seen).toEqual([]);
    full = false;
    await bus.publish(fault('a'));
    await bus.close();
    expect(seen).toEqual(['a']);
    expect(otherRecorder).toBe(1);
  });
});

describe('close', () => {
  test('without draining: handlers are told, waiting publishers rejected, the rest dropped', async () => {
    const letters: DeadLetter[] = [];
    const bus = createInProcessBus({ onDeadLetter: (letter) => letters.push(letter) });
    const seen: string[] = [];
    bus.subscribe({ ...judge, maxQueued: 1 }, async ({ eventId }, { signal }) => {
      seen.push(eventId);
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    });
    await bus.publish(fault('a'));
    await bus.publish(fault('b'));
    const waiting = bus.publish(fault('c'));
    const rejected = expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    await turnOfLoop();
    await bus.close({ drain: false });
    await rejected;
    expect(seen).toEqual(['a']);
    expect(letters).toEqual([]);
  });

  test('without draining: publishers whose fact is not stored yet are rejected', async () => {
    const bus = createInProcessBus();
    bus.subscribe(recorder, (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))));
    const outcomes = Promise.allSettled(['a', 'b'].map((id) => bus.publish(fault(id))));
    await turnOfLoop();
    await bus.close({ drain: false });
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('without draining also after a drain that hangs', async () => {
    const bus = createInProcessBus();
    bus.subscribe(judge, (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))));
    await bus.publish(fault('a'));
    const draining = bus.close();
    expect(await settled(draining)).toBe(false);
    await bus.close({ drain: false });
    await draining;
  });
});

