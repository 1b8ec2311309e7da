/**
 * What the bus costs over the bare NATS client. Run: npm run bench -- queue [--quick] [--rounds n]
 *
 * Both publish events of about 1 KB to a JetStream stream with file storage on the same nats-server, 256 in flight, and count an event when the server has acknowledged
 * it. Bare: bytes that are ready, no id. Platform: an Event is encoded, gets an id that the server remembers, and a version header. They alternate; the ratio is the
 * median of the rounds' ratios. The last column also hands every event to a recorder-like subscription in this process that acknowledges it.
 */
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { parseArgs } from 'node:util';
import { Event } from '../services/gen/attune/event/v1/event.ts';
import { createRunBus } from '../services/platform/nats.ts';
import { startNatsServer } from '../test/support/nats-server.ts';
import { inFlight, median, spread } from './queue/measure.ts';

const GOAL = 0.5;
const IN_FLIGHT = 256;

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string' } } });
await measure(Number(flags.rounds ?? (flags.quick ? 3 : 7)), flags.quick ? 3_000 : 10_000);

async function measure(rounds: number, events: number): Promise<void> {
  await using server = await startNatsServer();
  const nats = await server.connect();
  const nc = await connect({ servers: new URL(server.url).host });
  const js = jetstream(nc);
  const payload = Buffer.from(Event.encode(eventOf('x', 0)).finish());
  const rates: { bare: number; platform: number; handled: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await nats.jsm.streams.purge('ATTUNE_EVENTS');
    const bare = await inFlight(IN_FLIGHT, events, () => js.publish('attune.events.bare.f.turnCompleted', payload));
    const runId = `r${round}`;
    const bus = createRunBus(nats, { runId });
    const platform = await inFlight(IN_FLIGHT, events, (index) => bus.publish(eventOf(runId, index)));
    let seen = 0;
    const watched = createRunBus(nats, { runId: `${runId}w` });
    watched.subscribe({ name: 'recorder', facts: ['turnCompleted'], mode: 'ack', concurrency: 1_024 }, async () => void (seen += 1));
    const startedAt = performance.now();
    await inFlight(IN_FLIGHT, events, (index) => watched.publish(eventOf(`${runId}w`, index)));
    while (seen < events) await new Promise((resolve) => setTimeout(resolve, 1));
    const handled = (1_000 * events) / (performance.now() - startedAt);
    await watched.close({ drain: false });
    // The first round is for the compiler.
    if (round > 0) rates.push({ bare, platform, handled });
  }
  await nc.close();
  await nats.close();
  const ratios = rates.map(({ bare, platform }) => platform / bare);
  const print = (line: string) => process.stdout.write(`${line}\n`);
  print(`${events} events of ${payload.length} bytes, ${IN_FLIGHT} in flight, file storage; median of ${rounds} rounds (lowest to highest), events/s`);
  print(`bare publish and ack      ${spread(rates.map((r) => r.bare))}`);
  print(`platform                  ${spread(rates.map((r) => r.platform))}`);
  print(`platform, also handled    ${spread(rates.map((r) => r.handled))}`);
  print(`ratio platform / bare     ${spread(ratios, 2)}   goal ${GOAL}: ${median(ratios) >= GOAL ? 'met' : 'MISSED'}`);
}

function eventOf(runId: string, index: number): Event {
  const key = { user: { runId, method: 'reflection', userId: 'user-00042' }, session: index % 20 };
  const usage = Array.from({ length: 12 }, (_, call) => ({ role: 'agent', model: 'meta-llama/Llama-3.1-70B-Instruct', calls: 1, promptTokens: 1_800 + call, completionTokens: 240, latencyMs: 812.5 }));
  return Event.fromPartial({ eventId: `${runId}-${index}-0123456789abcdef`, runId, timeMs: 1_790_000_000_000, fact: { $case: 'turnCompleted', value: { key, turn: index % 10, usage, wallMs: 3_200 } } });
}
