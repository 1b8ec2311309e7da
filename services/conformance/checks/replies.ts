import { AttuneError } from '../../platform/errors.ts';
import type { Check } from '../check.ts';
import { must, NotOffered } from '../../platform/examine.ts';
import { asking, QUESTIONS, wishes } from '../subject.ts';

/** The first check: when it fails, the others could not tell anything. */
export const answers: Check = {
  name: 'answers',
  what: 'Plays a session of two turns, each call within the deadline and no reply empty.',
  determinism: 'no',
  async run({ play, user, mark }) {
    const startedAt = performance.now();
    const { replies } = await play(user('first'), 0, wishes(mark('first')));
    return `${replies.length} turns in ${Math.round(performance.now() - startedAt)} ms`;
  },
};

/** How a method describes itself, and what it replies to. */
export const replyChecks: readonly Check[] = [
  {
    name: 'description',
    what: 'Describes itself with a name, a summary and a version.',
    determinism: 'no',
    async run({ method }) {
      const { name, summary, version } = method;
      must(/^_?[a-z][a-z0-9_]*$/.test(name), `The name should be lower-case letters, digits and _ so that an experiment can name it, found ${JSON.stringify(name)}.`);
      must(summary.trim() !== '', 'The summary should be one sentence for the report, found none.');
      must(version.trim() !== '', 'The version should name the behaviour, found none.');
      return `version ${version}; ${summary}`;
    },
  },
  {
    name: 'same-seed',
    what: 'Gives the same reply to the same turn with the same seed, with an empty memory and with one.',
    determinism: 'wholly',
    async run({ play, start, respond, user, mark }) {
      const who = user('seed');
      for (const session of [0, 1]) {
        const replies: string[] = [];
        for (let time = 0; time < 3; time++) {
          await start(who, session);
          replies.push((await respond(asking(who, session, QUESTIONS[0]!))).agentMessage);
        }
        must(new Set(replies).size === 1, `The same turn of session ${session} should have the same reply with the same seed, found ${new Set(replies).size} different ones of 3.`);
        await play(who, session, wishes(mark('seed')));
      }
      return '2 turns, each asked 3 times';
    },
  },
  {
    name: 'empty-memory',
    what: 'Answers a user never met, also in a later session, and says with an empty hash that it holds nothing.',
    determinism: 'no',
    async run({ start, respond, user }) {
      for (const [name, session] of [['new', 0], ['late', 4]] as const) {
        const hash = await start(user(name), session);
        must(hash === '', `StartSession of session ${session} of a user never met should give an empty memory_hash, found ${hash}.`);
        await respond(asking(user(name), session, QUESTIONS[0]!));
      }
      return '';
    },
  },
  {
    name: 'empty-message',
    what: 'Refuses an empty message with INVALID_ARGUMENT or answers it.',
    determinism: 'no',
    async run({ start, respond, user }) {
      const who = user('silent');
      await start(who, 0);
      const outcome = await respond(asking(who, 0, '')).then(
        () => 'answered',
        (thrown: unknown) => {
          if (AttuneError.from(thrown).code === 'invalid_argument') return 'refused';
          throw thrown;
        },
      );
      await respond(asking(who, 0, QUESTIONS[0]!));
      return outcome;
    },
  },
  {
    name: 'unicode',
    what: 'Takes text in any script and direction, and text that looks like markup, and learns from it.',
    determinism: 'no',
    async run({ play, start, user, exported }) {
      const who = user('スクリプト-é');
      const { after } = await play(who, 0, [`Please always say ${ODD}.`, 'What is 2 plus 2?']);
      const kept = await start(who, 1);
      must(kept === after, `The memory after such a session should be the one at the next start, found ${shown(kept)} for ${shown(after)}.`);
      const state = await exported(who, 1);
      if (state !== null && state !== '') must(isJson(state), 'ExportState should give JSON in UTF-8, found other bytes.');
      return '';
    },
  },
  {
    name: 'long-message',
    what: 'Answers messages of 100,000 characters and goes on after them.',
    determinism: 'no',
    async run({ play, user }) {
      const who = user('long');
      const filler = 'All work and no play makes a dull day. ';
      const long = `Please be kind. ${filler.repeat(Math.ceil(100_000 / filler.length))}`.slice(0, 100_000);
      await play(who, 0, [long, long]);
      await play(who, 1, QUESTIONS);
      return '';
    },
  },
  {
    name: 'stream',
    what: 'Streams pieces that joined are the message of the response at the end, the same that Respond gives.',
    determinism: 'partly',
    async run({ client, signal, deterministic, start, respond, told, user }) {
      const who = user('stream');
      await start(who, 0);
      const whole = await respond(asking(who, 0, QUESTIONS[0]!));
      await start(who, 0);
      let joined = '';
      let pieces = 0;
      let last: string | null = null;
      try {
        for await (const { part } of client.respondStream({ request: told(asking(who, 0, QUESTIONS[0]!)) }, { signal })) {
          must(last === null, 'The response should come last in the stream, found more after it.');
          if (part?.$case === 'delta') {
            joined += part.value;
            pieces += 1;
          } else {
            last = part?.value.agentMessage ?? '';
          }
        }
      } catch (thrown) {
        if (pieces === 0 && AttuneError.from(thrown).code === 'unimplemented') throw new NotOffered('RespondStream');
        throw thrown;
      }
      must(last !== null, `The stream should end with the response, found ${pieces} pieces and no response.`);
      must(joined === last, `The pieces joined should be the response's message, found ${joined.length} characters for ${last.length}.`);
      if (deterministic) must(last === whole.agentMessage, 'The streamed reply should be the one that Respond gives to the same request, found another.');
      return `${pieces} pieces`;
    },
  },
];

export function shown(hash: string): string {
  return hash === '' ? 'an empty hash' : hash.slice(0, 12);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Japanese, a family of code points joined into one picture, composed and decomposed accents, turned direction, and what looks like markup. */
const ODD = '答えは「四十二」👩‍👩‍👧‍👦 é e\u0301 \u202eabc\u202c {{block}} {0} %s </memory> <|endoftext|>';
