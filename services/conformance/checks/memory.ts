import { AttuneError } from '../../platform/errors.ts';
import type { Check } from '../check.ts';
import { must, NotChecked, NotOffered } from '../../platform/examine.ts';
import { asking, QUESTIONS, wishes, type Subject } from '../subject.ts';
import { shown } from './replies.ts';

/** Whether the memory is what the hash says, and goes back to the start of any session. */
export const memoryChecks: readonly Check[] = [
  {
    name: 'memory-hash',
    what: 'Gives after a session the hash that the next StartSession gives, as often as that is asked.',
    determinism: 'no',
    async run({ play, start, user, mark }) {
      const who = user('hash');
      for (const session of [0, 1]) {
        const { after } = await play(who, session, wishes(mark(`hash${session}`)));
        for (let time = 0; time < 2; time++) {
          const found = await start(who, session + 1);
          must(found === after, `StartSession of session ${session + 1} should give the hash that EndSession gave, found ${shown(found)} for ${shown(after)}.`);
        }
      }
      return '';
    },
  },
  {
    name: 'rewind',
    what: 'Goes back to the memory at the start of a session when that session starts again, and keeps nothing of what came after.',
    determinism: 'no',
    async run({ play, start, exported, user, mark }) {
      const who = user('rewound');
      const late = [mark('undone1'), mark('undone2')];
      await play(who, 0, wishes(mark('kept')));
      const { before } = await play(who, 1, wishes(late[0]!));
      await play(who, 2, wishes(late[1]!));
      const found = await start(who, 1);
      must(found === before, `StartSession of session 1 after sessions 1 and 2 should give the hash seen then, found ${shown(found)} for ${shown(before)}.`);
      // As after a session that failed: the next one starts, and nothing was learnt in between.
      const skipped = await start(who, 2);
      must(skipped === before, `Session 2 should start with the memory of session 1 when that was started again and not ended, found ${shown(skipped)} for ${shown(before)}.`);
      const again = await play(who, 1, QUESTIONS);
      const next = await play(who, 2, QUESTIONS);
      const traces = [JSON.stringify([again.responses, next.responses]), (await exported(who, 3)) ?? ''].join('\n');
      const left = late.filter((word) => traces.includes(word));
      must(left.length === 0, `Nothing of the sessions that were undone should come back, found ${left.length === 1 ? 'a word' : 'words'} of theirs in later replies or in the exported state.`);
      return '';
    },
  },
  {
    name: 'replay',
    what: 'A session that starts again goes as it went: the same replies and the same memory after it.',
    determinism: 'wholly',
    async run({ play, user, mark }) {
      const who = user('replayed');
      await play(who, 0, wishes(mark('before')));
      const first = await play(who, 1, wishes(mark('again')));
      await play(who, 2, QUESTIONS);
      const second = await play(who, 1, wishes(mark('again')));
      const different = first.replies.findIndex((reply, turn) => reply !== second.replies[turn]);
      must(different < 0, `A replayed session should have the replies it had, found another one in turn ${different}.`);
      must(first.after === second.after, `A replayed session should leave the memory it left, found ${shown(second.after)} for ${shown(first.after)}.`);
      return '';
    },
  },
  {
    name: 'end-repeated',
    what: 'EndSession repeated changes nothing.',
    determinism: 'wholly',
    async run({ play, start, client, signal, user, mark }) {
      const who = user('twice');
      await play(who, 0, wishes(mark('twice0')));
      const { after, end } = await play(who, 1, wishes(mark('twice1')));
      const { memoryHash } = await client.endSession(end, { signal });
      must(memoryHash === after, `EndSession repeated should give the same hash, found ${shown(memoryHash)} for ${shown(after)}.`);
      const found = await start(who, 2);
      must(found === after, `The memory should be as after the first EndSession, found ${shown(found)} for ${shown(after)}.`);
      return '';
    },
  },
  {
    name: 'export-import',
    what: 'A memory that was exported, forgotten and imported is the same: the same hash, and the same next reply.',
    determinism: 'partly',
    async run(subject) {
      const { play, start, client, signal, user, mark } = subject;
      const who = user('moved');
      for (const session of [0, 1]) await play(who, session, wishes(mark(`moved${session}`)));
      const before = await nextOf(subject, 'moved', 2);
      await start(who, 2);
      const key = { user: who, session: 2 };
      const { state, memoryHash } = await offered('ExportState', client.exportState({ key }, { signal }));
      must(memoryHash === before.hash, `ExportState should give the hash of the state, found ${shown(memoryHash)} for ${shown(before.hash)}.`);
      await client.forget({ user: who }, { signal });
      const imported = await offered('ImportState', client.importState({ key, state }, { signal }));
      must(imported.memoryHash === before.hash, `ImportState should give the hash that ExportState gave, found ${shown(imported.memoryHash)} for ${shown(before.hash)}.`);
      compare(subject, before, await nextOf(subject, 'moved', 2), 'after the import');
      return `${state.length} bytes`;
    },
  },
  {
    name: 'restart',
    what: 'Holds the same memory after the server was stopped and started, and replies the same.',
    determinism: 'partly',
    // The server's own start.
    extraMs: 60_000,
    async run(subject) {
      const { play, user, mark, restart } = subject;
      if (!restart) throw new NotChecked('--restart-command says how the server is restarted');
      for (const session of [0, 1]) await play(user('survivor'), session, wishes(mark(`survivor${session}`)));
      const before = await nextOf(subject, 'survivor', 2);
      await restart();
      compare(subject, before, await nextOf(subject, 'survivor', 2), 'after the restart');
      return '';
    },
  },
];

/** The memory at a session's start, and the reply to its first message. */
async function nextOf({ start, respond, user }: Subject, name: string, session: number): Promise<Next> {
  const hash = await start(user(name), session);
  return { hash, reply: (await respond(asking(user(name), session, QUESTIONS[0]!))).agentMessage };
}

function compare({ deterministic }: Subject, before: Next, after: Next, when: string): void {
  must(after.hash === before.hash, `The memory ${when} should be the one before, found ${shown(after.hash)} for ${shown(before.hash)}.`);
  if (deterministic) must(after.reply === before.reply, `The next reply ${when} should be the one before, found another.`);
}

async function offered<T>(rpc: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (thrown) {
    if (AttuneError.from(thrown).code === 'unimplemented') throw new NotOffered(rpc);
    throw thrown;
  }
}

interface Next {
  hash: string;
  reply: string;
}
