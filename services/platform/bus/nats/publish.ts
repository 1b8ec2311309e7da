import { setTimeout as sleep } from 'node:timers/promises';
import type { PubAck, StreamExpectations } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { AttuneError } from '../../errors.ts';
import type { Nats } from './connect.ts';
import { brokerError, classify } from './errors.ts';
import { BUS_VERSION } from './streams.ts';

/**
 * Publishes a message and returns when the server has stored it. Repeats with the same id until then, through lost connections and full streams, so that the
 * message is stored once; gives up after the deadline of the settings. What is too large for a message goes to the object store first. What stands in the way is a
 * result, not an error: `overtaken` when `expect` does not hold, `there` when the subject holds a message already.
 */
export async function publishStored(nats: Nats, subject: string, bytes: Uint8Array, options: PublishOptions): Promise<Published> {
  const { msgId, signal } = options;
  const until = performance.now() + (options.deadlineMs ?? nats.settings.deadlineMs);
  const head = headers();
  head.set(VERSION_HEADER, String(BUS_VERSION));
  for (const [name, value] of Object.entries(options.headers ?? {})) head.set(name, value);
  let body = bytes;
  if (bytes.length > nats.maxPayload) {
    const name = `${subject}/${msgId}`;
    await retry(nats, `Storing ${name}`, until, signal, () => nats.objects.putBlob({ name }, bytes));
    head.set(OBJECT_HEADER, name);
    body = EMPTY;
  }
  for (;;) {
    signal?.throwIfAborted();
    try {
      const ack = await nats.js.publish(subject, body, { msgID: msgId, headers: head, ...(options.expect && { expect: options.expect }) });
      return { stored: true, ack };
    } catch (thrown) {
      const trouble = classify(thrown);
      if (trouble === 'overtaken' || trouble === 'there') return { stored: false, why: trouble };
      if ((trouble !== 'passing' && trouble !== 'full') || performance.now() > until) throw brokerError(`Publishing to ${subject}`, thrown);
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** The bytes of a received message, wherever they lie. Throws `data_loss` when they are gone and `failed_precondition` for a message of another version. */
export async function payloadOf(nats: Nats, message: { data: Uint8Array; subject: string; headers?: MsgHdrs | undefined }): Promise<Uint8Array> {
  const version = message.headers?.get(VERSION_HEADER);
  if (version !== String(BUS_VERSION)) {
    throw new AttuneError('failed_precondition', `A message on ${message.subject} should be of version ${BUS_VERSION}, found ${JSON.stringify(version ?? '')}; go on with the Attune that sent it.`);
  }
  const name = message.headers?.get(OBJECT_HEADER) ?? '';
  if (name === '') return message.data;
  const found = await retry(nats, `Reading ${name}`, performance.now() + nats.settings.deadlineMs, undefined, () => nats.objects.getBlob(name));
  if (!found) throw new AttuneError('data_loss', `The object ${name} that a message stands for is gone from the NATS server.`);
  return found;
}

/** Repeats a request to the server while what goes wrong may pass; `overtaken` and the like are thrown as they came. */
export async function retry<T>(nats: Nats, what: string, until: number, signal: AbortSignal | undefined, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await ask();
    } catch (thrown) {
      const trouble = classify(thrown);
      if (trouble === 'overtaken' || trouble === 'gone') throw thrown;
      if ((trouble !== 'passing' && trouble !== 'full') || performance.now() > until) throw brokerError(what, thrown);
      nats.log.debug({ what, err: thrown }, 'Asking the NATS server again.');
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

const VERSION_HEADER = 'Attune-Version';
const OBJECT_HEADER = 'Attune-Object';
const EMPTY = new Uint8Array();
const RETRY_MS = 200;

export interface PublishOptions {
  /** Equal ids are stored once. */
  msgId: string;
  headers?: Record<string, string>;
  /** What must hold on the server, else `overtaken`. */
  expect?: Partial<StreamExpectations>;
  signal?: AbortSignal | undefined;
  deadlineMs?: number;
}

export type Published = { stored: true; ack: PubAck } | { stored: false; why: 'overtaken' | 'there' };
