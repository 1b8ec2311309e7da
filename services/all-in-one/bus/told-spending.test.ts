import { expect, test } from 'vitest';
import { Event } from '../../gen/attune/event/v1/event.ts';
import { parseExperiment } from '../../orchestrator/service.ts';
import { createToldSpending } from './told-spending.ts';

const key = (session: number, method = 'away') => ({ user: { runId: 'r', method, userId: 'u' }, session });
const used = (role: string, tokens: number) => ({ role, model: 'm', calls: 1, promptTokens: tokens, completionTokens: 0, cachedPromptTokens: 0 });
const started = (session: number, method?: string) => ({ $case: 'sessionStarted' as const, value: { key: key(session, method), attempt: 1 } });
const turn = (session: number, number: number, tokens: number, method?: string) => ({ $case: 'turnCompleted' as const, value: { key: key(session, method), turn: number, usage: [used('agent', tokens), used('simulator', 1_000)] } });
const ended = (session: number, tokens: number, method = 'away') => ({ $case: 'sessionEnded' as const, value: { record: { method, userId: 'u', session }, usage: [used('agent', tokens), used('simulator', 9_000)] } });
const judged = (session: number, tokens: number) => ({ $case: 'sessionJudged' as const, value: { verdict: { method: 'away', userId: 'u', session, stage: { $case: 'task' as const, value: {} }, usage: [used('judge', tokens)] } } });

function told(facts: object[], { cache = 'off', own = [] as string[] } = {}): number {
  const experiment = parseExperiment({ methods: ['vanilla', { name: 'away', target: 'host:1' }], models: { cache } }, 'a test');
  let sum = 0;
  const spending = createToldSpending(experiment, { onSpent: ({ promptTokens }) => (sum += promptTokens) });
  for (const id of own) spending.judgedHere(id);
  facts.forEach((fact, index) => spending.take(Event.fromPartial({ eventId: `e${index}`, runId: 'r', fact: fact as never })));
  expect(spending.accounts().reduce((all, { usage }) => all + usage!.promptTokens, 0)).toBe(sum);
  return sum;
}

test('calls of services elsewhere count as their facts come, those of services hosted here do not', () => {
  expect(told([started(0), turn(0, 0, 10), turn(0, 1, 20), ended(0, 37)])).toBe(37);
  expect(told([started(0), turn(0, 0, 10)])).toBe(10);
  expect(told([started(0, 'vanilla'), turn(0, 0, 10, 'vanilla'), ended(0, 37, 'vanilla')])).toBe(0);
});

test('a fact that comes twice counts once', () => {
  expect(told([started(0), turn(0, 0, 10), turn(0, 0, 10), ended(0, 37), ended(0, 37), turn(0, 0, 10), judged(0, 5), judged(0, 5)])).toBe(42);
});

test('a session that is played again counts again, unless a cache gave the same answers', () => {
  const again = [started(0), turn(0, 0, 10), turn(0, 1, 20), started(0), turn(0, 0, 10), turn(0, 1, 25), ended(0, 40)];
  expect(told(again)).toBe(10 + 20 + 10 + 25 + 5);
  expect(told(again, { cache: 'read-write' })).toBe(10 + 20 + 25 + 5);
});

test('a verdict of a judge here is known already', () => {
  expect(told([judged(0, 5), judged(1, 7)], { own: ['e0'] })).toBe(7);
});
