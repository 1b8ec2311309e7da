import { headers as newHeaders, type MsgHdrs } from '@nats-io/transport-node';
import type { Nats } from './connect.ts';
import { classify } from './errors.ts';
import { runToken } from './names.ts';
import { payloadOf, retry } from './publish.ts';
import { DEAD, EVENTS, JUDGING, OBJECTS, RUNS, WORK } from './streams.ts';

/**
 * Overwrites messages of a run on the server, so that their bytes are gone from its files too: those that `isTheirs` says to be somebody's, and the documents for its workers, which hold
 * every user and are written anew when the run goes on. What lay in a queue and was handled before has been removed by the server without being overwritten; a stream in
 * which nothing is left is emptied, which takes its files away, and `mayLinger` names those in which other messages stand. Nobody may be working on the run.
 */
export async function eraseMessages(nats: Nats, runId: string, isTheirs: (message: ServerMessage) => boolean): Promise<ErasedMessages> {
  const token = runToken(runId);
  const result: ErasedMessages = { read: 0, erased: 0, objects: 0, mayLinger: [] };
  const eraseAll = async (stream: string, filter: string, chosen?: (subject: string, data: Uint8Array, head: MsgHdrs) => Promise<boolean>) => {
    for await (const message of messagesOf(nats, stream, filter)) {
      result.read += 1;
      if (chosen && !(await chosen(message.subject, message.data, message.header))) continue;
      await retry(nats, `Erasing a message of ${stream}`, until(nats), undefined, () => nats.jsm.streams.deleteMessage(stream, message.seq, true));
      result.erased += 1;
    }
  };
  const eraseObject = async (name: string) => {
    const info = await nats.objects.info(name).catch(() => null);
    if (!info) return;
    await eraseAll(`OBJ_${OBJECTS}`, `$O.${OBJECTS}.C.${info.nuid}`);
    await eraseAll(`OBJ_${OBJECTS}`, `$O.${OBJECTS}.M.${Buffer.from(name).toString('base64url')}`);
    await eraseAll(`OBJ_${OBJECTS}`, `$O.${OBJECTS}.M.${Buffer.from(name).toString('base64')}`);
    result.objects += 1;
  };

  for (const [stream, subjects] of [[EVENTS, 'events'], [WORK, 'work'], [JUDGING, 'judging'], [DEAD, 'dead']] as const) {
    await eraseAll(stream, `attune.${subjects}.${token}.>`, async (subject, data, head) => {
      const bytes = await payloadOf(nats, { data, subject, headers: head }).catch(() => data);
      if (!isTheirs({ queue: subjects, subject, bytes })) return false;
      const object = head.get('Attune-Object');
      if (object !== '') await eraseObject(object);
      return true;
    });
    if (!(await emptied(nats, stream))) result.mayLinger.push(stream);
  }
  for (const name of ['spec', 'inputs']) {
    await eraseObject(`${token}/${name}`);
    await eraseAll(`KV_${RUNS}`, `$KV.${RUNS}.${token}.${name}`);
  }
  return result;
}

/** The messages of a run that are on the server now, in order. */
export async function* readMessages(nats: Nats, runId: string): AsyncGenerator<ServerMessage> {
  const token = runToken(runId);
  for (const [stream, queue] of [[EVENTS, 'events'], [WORK, 'work'], [JUDGING, 'judging'], [DEAD, 'dead']] as const) {
    for await (const { subject, data, header } of messagesOf(nats, stream, `attune.${queue}.${token}.>`)) {
      yield { queue, subject, bytes: await payloadOf(nats, { data, subject, headers: header }).catch(() => data) };
    }
  }
  for (const name of ['spec', 'inputs']) {
    for await (const { subject, data } of messagesOf(nats, `KV_${RUNS}`, `$KV.${RUNS}.${token}.${name}`)) yield { queue: 'documents', subject, bytes: data };
    const object = await nats.objects.getBlob(`${token}/${name}`).catch(() => null);
    if (object) yield { queue: 'documents', subject: `${token}/${name}`, bytes: object };
  }
}

async function* messagesOf(nats: Nats, stream: string, filter: string) {
  for (let seq = 1; ; ) {
    const message = await retry(nats, `Reading ${filter}`, until(nats), undefined, () => nats.jsm.direct.getMessage(stream, { seq, next_by_subj: filter })).catch((thrown: unknown) => {
      if (classify(thrown) === 'gone') return null;
      throw thrown;
    });
    if (!message) return;
    yield { seq: message.seq, subject: message.subject, data: message.data, header: message.header ?? newHeaders() };
    seq = message.seq + 1;
  }
}

/** Whether a stream holds nothing any more, also not what was handled; one without messages is emptied for that, up to where it stood. */
async function emptied(nats: Nats, stream: string): Promise<boolean> {
  const { state } = await retry(nats, `Looking at ${stream}`, until(nats), undefined, () => nats.jsm.streams.info(stream));
  if (state.messages > 0) return false;
  await retry(nats, `Emptying ${stream}`, until(nats), undefined, () => nats.jsm.streams.purge(stream, { seq: state.last_seq + 1 }));
  return true;
}

function until(nats: Nats): number {
  return performance.now() + nats.settings.deadlineMs;
}

export interface ServerMessage {
  queue: 'events' | 'work' | 'judging' | 'dead' | 'documents';
  subject: string;
  /** The payload, wherever it lies. */
  bytes: Uint8Array;
}

export interface ErasedMessages {
  read: number;
  erased: number;
  /** Large payloads erased. */
  objects: number;
  /** Streams whose files may hold bytes of messages that the server removed before. */
  mayLinger: string[];
}
