import { AttuneError } from '../../../platform/errors.ts';
import type { AdapterCheck } from './check.ts';
import { must, NotOffered } from '../../../platform/examine.ts';
import { observationOf, type Examined } from './examined.ts';
import { has, mustHaveNoDoubles, shown } from './found.ts';
import type { FaultProxy, ProxyFault } from './fault-proxy.ts';

/** What faults on the way to the product may do: cost a bounded number of repetitions, or end in a clear error; never lose or double anything. */
export const faultChecks: readonly AdapterCheck[] = [
  { name: 'fault-429', what: 'A refusal (429) at any step is repeated; nothing is lost or doubled, and one that stays ends in a clear error.', run: (examined) => tryFaults(examined, ['429']) },
  { name: 'fault-500', what: 'The same for a failure (500), whether or not the product carried the request out.', run: (examined) => tryFaults(examined, ['500', '500_after']) },
  { name: 'fault-stall', what: 'The same for a socket that falls silent.', run: (examined) => tryFaults(examined, ['stall', 'stall_after']) },
];

async function tryFaults(examined: Examined, faults: readonly ProxyFault[]): Promise<string> {
  const { proxy } = examined;
  if (!proxy) throw new NotOffered('there is no wire');
  let tried = 0;
  try {
    for (const fault of faults) {
      for (let step = 0; step < STEPS; step += 1) {
        if (!(await tryOnce(examined, proxy, fault, step))) break;
        tried += 1;
      }
    }
    await tryAlways(examined, proxy, faults[0]!);
  } finally {
    proxy.plan = null;
  }
  return `${tried} faults, one at a time, and one that stayed`;
}

/** Breaks the request with this number of what tells a user one session; false when there is none. */
async function tryOnce({ user, mark, tell, find }: Examined, proxy: FaultProxy, fault: ProxyFault, step: number): Promise<boolean> {
  const id = user(`${fault}-${step}`);
  const word = mark(`${fault} ${step}`);
  let request = 0;
  proxy.plan = () => (request++ === step ? fault : null);
  await tell(id, 0, [`My lucky word is ${word}.`]);
  const wasHit = proxy.hits > 0;
  proxy.plan = null;
  const found = await find(id, 'What is my lucky word?');
  must(has(found, word), `After a fault (${fault}) at request ${step + 1} nothing should be lost, found ${shown(found)}.`);
  mustHaveNoDoubles(found);
  return wasHit;
}

async function tryAlways({ user, mark, adapter, tell, find, call }: Examined, proxy: FaultProxy, fault: ProxyFault): Promise<void> {
  const id = user(`${fault}-always`);
  const texts = [`My lucky word is ${mark(`${fault} always`)}.`];
  const before = proxy.requests;
  proxy.plan = () => fault;
  const error = await adapter.observe(observationOf(id, 0, texts), call).then(() => null, (thrown: unknown) => thrown);
  const sent = proxy.requests - before;
  proxy.plan = null;
  must(error instanceof AttuneError, `A fault that stays (${fault}) should end in an error of ours, found ${error instanceof Error ? error.message : 'success'}.`);
  must(error.code !== 'internal' && /\.$/.test(error.message), `The error of a fault that stays should say what is wrong in a sentence, found ${error.code}: ${error.message}`);
  must(sent <= MOST_REQUESTS, `A fault that stays should cost at most ${MOST_REQUESTS} requests, found ${sent}.`);
  await tell(id, 0, texts);
  const found = await find(id, 'What is my lucky word?');
  must(found.length > 0, 'What could not be told should arrive when it is told again, found nothing.');
  mustHaveNoDoubles(found);
}

/** The first requests of telling a session, which hold all the writes of the wire formats. */
const STEPS = 4;
const MOST_REQUESTS = 20;
