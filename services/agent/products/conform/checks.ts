import type { AdapterCheck } from './check.ts';
import { must, NotChecked, NotOffered } from '../../../platform/examine.ts';
import { observationOf, type Examined } from './examined.ts';
import { faultChecks } from './fault-checks.ts';
import { has, mustHaveNoDoubles, shown } from './found.ts';

/** What is asked of every adapter, in the order in which it is made (spec: peers.md 6.3). */
export const ADAPTER_CHECKS: readonly AdapterCheck[] = [
  {
    name: 'own-facts',
    what: 'Two users are told disjoint facts; once settled, each finds its own among the best ten and none of the other.',
    async run({ user, mark, tell, find }) {
      const people = ['first', 'second'].map((name) => ({ id: user(name), facts: FACTS.map(({ subject, ask }) => ({ text: `My ${subject} is ${mark(`${name} ${subject}`)}.`, ask, mark: mark(`${name} ${subject}`) })) }));
      await Promise.all(people.map(({ id, facts }) => tell(id, 0, facts.map(({ text }) => text))));
      for (const [i, { id, facts }] of people.entries()) {
        const foreign = people[1 - i]!.facts;
        for (const fact of facts) {
          const found = await find(id, fact.ask);
          must(has(found, fact.mark), `A user should find "${fact.text}" when asking "${fact.ask}", found ${shown(found)}.`);
          must(!foreign.some((other) => has(found, other.mark)), `A user should find nothing of another user, found ${shown(found)}.`);
        }
      }
      return `${2 * FACTS.length} facts`;
    },
  },
  {
    name: 'update',
    what: 'A fact that changed stands above the old one, or the old one carries an end date or is gone.',
    async run({ user, mark, tell, find, adapter }) {
      const id = user('changed');
      const [{ subject, ask }] = FACTS;
      const [before, after] = [mark('before'), mark('after')];
      await tell(id, 0, [`My ${subject} is ${before}.`]);
      await tell(id, 1, [`My ${subject} is ${after}.`]);
      const found = await find(id, ask);
      const at = (word: string) => found.findIndex(({ text, endedAt }) => endedAt === null && text.includes(word));
      must(at(after) >= 0, `The changed fact should be found, found ${shown(found)}.`);
      must(at(before) < 0 || at(after) < at(before), `The changed fact should stand above the old one, found ${shown(found)}.`);
      const old = found.find(({ text }) => text.includes(before));
      if (!old) return 'the old fact is gone';
      return old.endedAt !== null && adapter.capabilities.endDates ? 'the old fact has an end date' : 'the old fact stands below';
    },
  },
  {
    name: 'forget',
    what: 'After a user is forgotten ten probes find nothing of theirs, and another user finds all as before.',
    async run(examined) {
      const { leaver, stayer } = await leaveOne(examined);
      await mustBeGone(examined, leaver);
      await mustStay(examined, stayer);
      return `${PROBES.length} probes`;
    },
  },
  {
    name: 'restart',
    what: 'After the product was stopped and started the forgotten user is still gone and the other one still there.',
    async run(examined) {
      if (!examined.adapter.capabilities.durable) throw new NotOffered('it keeps nothing over a restart; methods tell it everything again');
      if (!examined.restart) throw new NotChecked('--restart-command says how the product is restarted');
      const { leaver, stayer } = await leaveOne(examined);
      await examined.restart();
      await mustBeGone(examined, leaver);
      await mustStay(examined, stayer);
      return '';
    },
  },
  {
    name: 'repeat',
    what: 'An observation that is repeated, as after a crash, leaves nothing twice.',
    async run({ user, mark, tell, find, adapter, call }) {
      const id = user('repeated');
      const texts = FACTS.map(({ subject }) => `My ${subject} is ${mark(subject)}.`);
      await tell(id, 0, texts);
      const before = await find(id, FACTS[0].ask);
      mustHaveNoDoubles(before);
      for (let time = 0; time < 2; time += 1) await adapter.settle(await adapter.observe(observationOf(id, 0, texts), call), call);
      const after = await find(id, FACTS[0].ask);
      mustHaveNoDoubles(after);
      must(after.length === before.length, `A repeated observation should change nothing, found ${after.length} memories after ${before.length}: ${shown(after)}.`);
      return '';
    },
  },
  ...faultChecks,
  {
    name: 'usage',
    what: 'The requests that the adapter counts are those that were sent.',
    async run({ adapter, proxy }) {
      const { requests, retried, modelTokens } = adapter.usage();
      if (proxy) must(requests === proxy.requests, `The adapter should count the ${proxy.requests} requests that it sent, found ${requests}.`);
      return `${requests} requests, ${retried} of them repetitions; tokens of the product's own models: ${modelTokens === null ? 'unknown' : `${modelTokens.prompt} and ${modelTokens.completion}`}`;
    },
  },
];

/** Tells two users a fact each and forgets one. */
async function leaveOne({ user, mark, tell, adapter, call }: Examined): Promise<{ leaver: Person; stayer: Person }> {
  const person = (name: string): Person => ({ id: user(name), marks: FACTS.map(({ subject }) => mark(`${name} ${subject}`)) });
  const [leaver, stayer] = [person('leaver'), person('stayer')];
  for (const { id, marks } of [leaver, stayer]) await tell(id, 0, FACTS.map(({ subject }, i) => `My ${subject} is ${marks[i]!}.`));
  const receipt = await adapter.forget(leaver.id, call);
  must(receipt.user === leaver.id, `The receipt should name the forgotten user, found ${receipt.user}.`);
  return { leaver, stayer };
}

async function mustBeGone({ find }: Examined, { id, marks }: Person): Promise<void> {
  for (const probe of [...PROBES, ...marks]) {
    const found = await find(id, probe);
    must(found.length === 0, `A forgotten user should find nothing, found ${shown(found)} for "${probe}".`);
  }
}

async function mustStay({ find }: Examined, { id, marks }: Person): Promise<void> {
  for (const [i, { ask }] of FACTS.entries()) {
    const found = await find(id, ask);
    must(has(found, marks[i]!), `Another user should still find "${marks[i]}" when asking "${ask}", found ${shown(found)}.`);
  }
}

/** Facts with the question that they answer. */
const FACTS = [
  { subject: 'favourite tea', ask: 'What is my favourite tea?' },
  { subject: "sister's name", ask: "What is my sister's name?" },
  { subject: 'home town', ask: 'What is my home town?' },
] as const;

const PROBES = ['What is my favourite tea?', "What is my sister's name?", 'What is my home town?', 'Who am I?', 'tea', 'family', 'town', 'preferences', 'What did I tell you?', 'my'];

interface Person {
  id: string;
  marks: string[];
}

export const ADAPTER_CHECK_NAMES = ADAPTER_CHECKS.map(({ name }) => name);
