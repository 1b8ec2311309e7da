import type { Check } from '../check.ts';
import { must } from '../../platform/examine.ts';
import { QUESTIONS, wishes, type Played, type Subject } from '../subject.ts';
import { shown } from './replies.ts';

/** Whether one user's words stay with that user, and go when they are forgotten. */
export const userChecks: readonly Check[] = [
  {
    name: 'users-apart',
    what: "No word of one user stands in another's replies, injected memory or exported state, while both work at once.",
    determinism: 'no',
    async run(subject) {
      const names = ['alpha', 'bravo'];
      for (const session of [0, 1, 2]) {
        const played = await Promise.all(names.map((name) => subject.play(subject.user(name), session, session === 2 ? QUESTIONS : wishes(subject.mark(name)))));
        await mustBeApart(subject, names, played, session + 1);
      }
      return '';
    },
  },
  {
    name: 'runs-apart',
    what: 'A user id in another run is another user.',
    determinism: 'no',
    async run({ play, start, user, mark }) {
      const { after } = await play(user('twin'), 0, wishes(mark('twin')));
      const other = await play(user('twin', 'b'), 1, QUESTIONS);
      must(other.before === '', `The same user id in another run should have no memory, found ${shown(other.before)}.`);
      must(!JSON.stringify(other.responses).includes(mark('twin')), 'The same user id in another run should be another user, found words of the first in a reply.');
      const kept = await start(user('twin'), 1);
      must(kept === after, `The first run's memory should be untouched, found ${shown(kept)} for ${shown(after)}.`);
      return '';
    },
  },
  {
    name: 'concurrent',
    what: 'Plays 16 sessions of different users at once, each with its own memory after it.',
    determinism: 'no',
    async run(subject) {
      const names = Array.from({ length: CONCURRENT }, (_, i) => `user${String(i).padStart(2, '0')}`);
      const startedAt = performance.now();
      const played = await Promise.all(names.map((name) => subject.play(subject.user(name), 0, wishes(subject.mark(name)))));
      const ms = Math.round(performance.now() - startedAt);
      const next = await Promise.all(names.map((name) => subject.start(subject.user(name), 1)));
      const wrong = names.findIndex((_, i) => next[i] !== played[i]!.after);
      must(wrong < 0, `The memory at the next start should be the one after the session, found another for ${names[wrong]} of ${CONCURRENT} users at once.`);
      await mustBeApart(subject, names, played, 1);
      return `${CONCURRENT} sessions in ${ms} ms`;
    },
  },
  {
    name: 'forget',
    what: "Forget leaves nothing: an empty hash, no word of the user's, the first reply that a new user gets; and neighbours keep theirs.",
    determinism: 'partly',
    async run({ play, start, exported, client, signal, user, mark, deterministic }) {
      const who = user('forgotten');
      const word = mark('forgotten');
      const first = await play(who, 0, QUESTIONS);
      for (const session of [1, 2]) await play(who, session, wishes(word));
      const neighbour = (await play(user('neighbour'), 0, wishes(mark('neighbour')))).after;
      // Twice: a repeat must do no harm.
      for (let time = 0; time < 2; time++) await client.forget({ user: who }, { signal });
      for (const session of [3, 0]) {
        const hash = await start(who, session);
        must(hash === '', `After Forget the hash should be empty, found ${shown(hash)} at the start of session ${session}.`);
      }
      const state = await exported(who, 3);
      must(!(state ?? '').includes(word), "After Forget the exported state should hold nothing of the user's, found a word of theirs.");
      const again = await play(who, 0, QUESTIONS);
      must(!JSON.stringify(again.responses).includes(word), "After Forget no reply should know the user's words, found one.");
      if (deterministic) must(again.replies[0] === first.replies[0], "After Forget the next reply should be a new user's, found another.");
      const kept = await start(user('neighbour'), 1);
      must(kept === neighbour, `Forget should leave other users' memory as it was, found ${shown(kept)} for ${shown(neighbour)}.`);
      return '';
    },
  },
];

async function mustBeApart({ exported, user, mark }: Subject, names: readonly string[], played: readonly Played[], session: number): Promise<void> {
  for (const [i, name] of names.entries()) {
    const seen = `${JSON.stringify(played[i]!.responses)}\n${(await exported(user(name), session)) ?? ''}`;
    const foreign = names.find((other) => other !== name && seen.includes(mark(other)));
    must(foreign === undefined, `Nothing of one user should reach another, found a word of ${foreign} in a reply to ${name} or in that user's state.`);
  }
}

const CONCURRENT = 16;
