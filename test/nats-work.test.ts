import { describe, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { Event } from '../services/gen/attune/event/v1/event.ts';
import { AttuneError } from '../services/platform/errors.ts';
import { createRunBus, isLease, openRunRegistry, openTrajectoryLog, openWorkQueue, readBuried, takeLease } from '../services/platform/nats.ts';
import { haveNatsServer, startNatsServer } from './support/nats-server.ts';
import { until } from './support/until.ts';

const run = { runId: 'r', leaseMs: 600 };
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);
const fault = (eventId: string, detail = '') => Event.fromPartial({ eventId, runId: 'r', fact: { $case: 'faultSeen', value: { detail } } });

describe.skipIf(!haveNatsServer)('work that processes share', () => {
  test('each item goes to one taker, is held as long as it takes, and is there once until it is done', async () => {
    await using server = await startNatsServer();
    const [one, two] = await Promise.all([server.connect(), server.connect()]);
    const queue = openWorkQueue(one, 'work', run);
    expect(await Promise.all(['a', 'b', 'c.1', 'a'].map((key) => queue.put(key, bytes(key))))).toEqual([true, true, true, false]);
    const done: string[] = [];
    const takings = [one, two].map((nats) =>
      openWorkQueue(nats, 'work', run).take({ concurrency: 1 }, async ({ key, bytes: data, attempt }) => {
        expect(text(data)).toBe(key);
        expect(attempt).toBe(1);
        await sleep(2.5 * run.leaseMs);
        done.push(key);
        return { done: true };
      }),
    );
    await until(() => done.length === 3, 'all items are done');
    for (const taking of takings) await (await taking).stop();
    expect(done.sort()).toEqual(['a', 'b', 'c.1']);
    expect(await queue.counts()).toEqual({ waiting: 0, held: 0 });
    expect(await queue.put('a', bytes('again'))).toBe(true);
    await Promise.all([one.close(), two.close()]);
  });

  test('a taker holds spare items beside those in work, and what it gives way with goes to another', async () => {
    await using server = await startNatsServer();
    const [one, two] = await Promise.all([server.connect(), server.connect()]);
    const queue = openWorkQueue(one, 'work', run);
    for (const key of ['a', 'b', 'c', 'd']) await queue.put(key, bytes(key));
    const givers = new Map<string, () => void>();
    const first = await queue.take({ concurrency: () => 1, spare: () => 9 }, ({ key, signal }) => new Promise((resolve) => {
      givers.set(key, () => resolve({ again: true, afterMs: 0 }));
      signal.addEventListener('abort', () => resolve({ again: true, afterMs: 0 }));
    }));
    await until(() => first.running() === 4, 'all are held');
    const got: string[] = [];
    const second = await openWorkQueue(two, 'work', run).take({ concurrency: 1 }, async ({ key }) => {
      got.push(key);
      return { done: true };
    });
    await first.giveWay();
    givers.get('c')!();
    await until(() => got.length === 1, 'the second one got it');
    expect([got, first.running()]).toEqual([['c'], 3]);
    await Promise.all([first.stop(), second.stop()]);
    await Promise.all([one.close(), two.close()]);
  });

  test('a taker that may not do the work leaves it to others and takes no more', async () => {
    await using server = await startNatsServer();
    const [barred, able] = await Promise.all([server.connect(), server.connect()]);
    const queue = openWorkQueue(able, 'work', run);
    await queue.put('a', bytes('a'));
    let refused = 0;
    const first = await openWorkQueue(barred, 'work', run).take({ concurrency: 1 }, async () => {
      refused += 1;
      throw new AttuneError('permission_denied', 'This user may not publish verdicts.');
    });
    await until(() => refused === 1, 'the first one tried');
    await queue.put('b', bytes('b'));
    const done: string[] = [];
    const second = await queue.take({ concurrency: 1 }, async ({ key }) => {
      done.push(key);
      return { done: true };
    });
    await until(() => done.length === 2, 'the other one did all');
    expect([done.sort(), refused]).toEqual([['a', 'b'], 1]);
    await Promise.all([first.stop(), second.stop()]);
    await Promise.all([barred.close(), able.close()]);
  });

  test('an item of a taker that falls silent goes to another, and the first one knows', async () => {
    await using server = await startNatsServer();
    const [silent, alive] = await Promise.all([server.connect(), server.connect()]);
    await openWorkQueue(alive, 'work', run).put('a', bytes('a'));
    const told: string[] = [];
    const first = await openWorkQueue(silent, 'work', run).take({ concurrency: 1 }, async ({ signal, isHeld }) => {
      void silent.nc.close(); // no sign of life reaches the server any more
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      told.push(`first: ${isHeld()}`);
      return { done: true };
    });
    await until(async () => (await openWorkQueue(alive, 'work', run).counts()).held === 1, 'the item is held');
    const second = await openWorkQueue(alive, 'work', run).take({ concurrency: 1 }, async ({ attempt }) => {
      told.push(`second: ${attempt}`);
      return { done: true };
    });
    await until(() => told.length === 2, 'both were told');
    expect(told.sort()).toEqual(['first: false', 'second: 2']);
    await Promise.all([first.stop(), second.stop()]);
    await alive.close();
  });

  test('an item that is given up is put on record with the reason; one that fails comes again; a stopped taker gives back', async () => {
    await using server = await startNatsServer();
    const nats = await server.connect();
    const queue = openWorkQueue(nats, 'judging', run);
    for (const key of ['poison', 'shaky', 'held']) await queue.put(key, bytes(key));
    const attempts: string[] = [];
    const taking = await queue.take({ concurrency: 3 }, async ({ key, attempt, signal }) => {
      attempts.push(`${key} ${attempt}`);
      if (key === 'poison') return { dead: 'It killed ten runners.' };
      if (key === 'held') await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
      if (attempt === 1) throw new Error('not yet');
      return { done: true };
    });
    await until(() => attempts.includes('shaky 2'), 'the failed item came again');
    await taking.stop();
    expect(attempts.sort()).toEqual(['held 1', 'poison 1', 'shaky 1', 'shaky 2']);
    expect(await readBuried(nats, 'r')).toEqual([{ runId: 'r', queue: 'judging', key: 'poison', reason: 'It killed ten runners.', attempts: 1 }]);
    const again = await queue.take({ concurrency: 1 }, async ({ key }) => {
      attempts.push(`again ${key}`);
      return { done: true };
    });
    await until(() => attempts.includes('again held'), 'what was given back is handed out');
    await again.stop();
    await nats.close();
  });

  test('facts of a trajectory are refused from whoever was overtaken, and tell where to go on', async () => {
    await using server = await startNatsServer();
    const nats = await server.connect();
    const first = openTrajectoryLog(nats, 'r', 4);
    expect(await first.take(2)).toEqual({ next: 2, takeovers: 0, isLeftOpen: false });
    await first.started(fault('s2'), 2);
    await first.ended(fault('e2'), 2);
    await first.started(fault('s3'), 3);
    expect(await first.isMine()).toBe(true);

    const second = openTrajectoryLog(nats, 'r', 4);
    expect(await second.take(0)).toEqual({ next: 3, takeovers: 1, isLeftOpen: true });
    await second.started(fault('s3 again'), 3);
    expect(await first.isMine()).toBe(false);
    await expect(first.ended(fault('e3'), 3)).rejects.toMatchObject({ code: 'cancelled', message: 'The trajectory 4 of run r was taken over by another runner.' });
    await second.leave({ inVain: true });
    expect(await openTrajectoryLog(nats, 'r', 4).take(0)).toEqual({ next: 3, takeovers: 2, isLeftOpen: false });
    const third = openTrajectoryLog(nats, 'r', 4);
    await third.take(0);
    await third.started(fault('s3 third'), 3);
    await third.ended(fault('e3'), 3);
    expect(await openTrajectoryLog(nats, 'r', 4).take(0)).toEqual({ next: 4, takeovers: 0, isLeftOpen: false });
    const poisoned = openTrajectoryLog(nats, 'r', 5);
    await poisoned.take(0);
    await poisoned.leave({ inVain: true });
    expect(await openTrajectoryLog(nats, 'r', 5).take(0)).toMatchObject({ next: 0, takeovers: 1 });
    await openTrajectoryLog(nats, 'r', 5).forgive(0);
    expect(await openTrajectoryLog(nats, 'r', 5).take(0)).toEqual({ next: 0, takeovers: 0, isLeftOpen: false });
    // The folder may be ahead of a server that has lost its files.
    expect(await openTrajectoryLog(nats, 'r', 4).take(9)).toMatchObject({ next: 9, takeovers: 0 });
    await nats.close();
  });

  test('one process holds a lease; another gets it when it is given back, or when its holder can no longer renew it', async () => {
    await using server = await startNatsServer();
    const [one, two] = await Promise.all([server.connect(), server.connect()]);
    const options = { leaseMs: 600, signal: new AbortController().signal };
    const key = openRunRegistry(one).leaseKey('r', 'recorder');
    const first = await takeLease(one, key, options);
    if (!isLease(first)) throw new Error('A free lease was not given.');
    expect(await takeLease(two, key, options)).toMatchObject({ pid: process.pid, released: false });
    expect(first.isHeld()).toBe(true);
    const waiting = takeLease(two, key, { ...options, wait: true });
    await first.release();
    expect(first.isHeld()).toBe(false);
    const second = await waiting;
    if (!isLease(second)) throw new Error('A lease that was given back was not taken.');

    void two.nc.close();
    const third = await takeLease(one, key, { ...options, wait: true });
    expect(second.isHeld()).toBe(false);
    expect(second.signal.aborted).toBe(true);
    expect(isLease(third) && third.isHeld()).toBe(true);
    if (isLease(third)) await third.release();
    await one.close();
  });

  test('what is larger than a message arrives whole, on the bus, in a queue and in the registry', async () => {
    await using server = await startNatsServer();
    const nats = await server.connect();
    const large = 'x'.repeat(3_000_000);
    const bus = createRunBus(nats, { runId: 'r' });
    const seen: number[] = [];
    bus.subscribe({ name: 'watcher', facts: ['faultSeen'], mode: 'queue' }, async ({ fact }) => void seen.push(fact?.$case === 'faultSeen' ? fact.value.detail.length : 0));
    await bus.publish(fault('large', large));
    await bus.close();
    expect(seen).toEqual([large.length]);
    const queue = openWorkQueue(nats, 'judging', run);
    await queue.put('large', bytes(large));
    let size = 0;
    const taking = await queue.take({ concurrency: 1 }, async (item) => {
      size = item.bytes.length;
      return { done: true };
    });
    await until(() => size > 0, 'the item came');
    await taking.stop({ finish: true });
    expect(size).toBe(large.length);
    const registry = openRunRegistry(nats);
    for (const content of [large, 'small']) {
      await registry.putDocument('r', 'inputs', content);
      expect((await registry.document('r', 'inputs'))?.text).toBe(content);
    }
    await nats.close();
  });

  test('a server that is killed and comes back has lost nothing that was published, and publishers wait for it', async () => {
    await using server = await startNatsServer();
    const nats = await server.connect();
    const bus = createRunBus(nats, { runId: 'r' });
    const seen: string[] = [];
    bus.subscribe({ name: 'recorder', facts: ['faultSeen'], mode: 'ack', concurrency: 64 }, async ({ eventId }) => void seen.push(eventId));
    const ids = Array.from({ length: 300 }, (_, index) => `e${index}`);
    const published = (async () => {
      for (const id of ids) {
        await bus.publish(fault(id));
        await sleep(2);
      }
    })();
    for (let kill = 0; kill < 3; kill += 1) {
      await sleep(100);
      await server.restart('SIGKILL');
    }
    await published;
    await until(() => new Set(seen).size === ids.length, 'every event was handled', 30_000);
    await bus.close({ drain: false });
    await nats.close();
  });
});
