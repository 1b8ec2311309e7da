import { expect, test } from 'vitest';
import { parseExperiment } from './experiment.ts';
import { refuseOtherDesign } from './same-design.ts';

const of = (raw: unknown) => parseExperiment(raw, 'test');
const BASE = { seed: 3, methods: ['vanilla', { name: 'mine', target: 'a:1' }], models: { url: 'http://one:8000/v1', model: 'm', roles: { agent: { url: 'http://one:8001/v1', model: 'small' } } }, services: { simulator: 'a:2' } };

test('addresses and what is under way at once may change', () => {
  const moved = { ...BASE, methods: ['vanilla', { name: 'mine', target: 'b:9' }], models: { url: 'http://two:8000/v1', model: 'm', cache: 'read-write', roles: { agent: { url: 'http://two:1/v1', model: 'small' } } }, services: { simulator: 'b:2' }, concurrency: 3 };
  expect(() => refuseOtherDesign(of(BASE), of(moved), 'runs/x')).not.toThrow();
});

test.each([
  ['seed', { ...BASE, seed: 4 }],
  ['methods', { ...BASE, methods: ['vanilla', 'rag'] }],
  ['models', { ...BASE, models: { ...BASE.models, model: 'other' } }],
  ['sessions', { ...BASE, sessions: 7 }],
  ['preferences', { ...BASE, preferences: { topJ: 4 } }],
  ['judge', { ...BASE, judge: { votes: 3 } }],
])('another design is refused by name: %s', (field, other) => {
  expect(() => refuseOtherDesign(of(BASE), of(other), 'runs/x')).toThrow(new RegExp(`runs/x holds a run of another experiment: ${field} differs`));
});
