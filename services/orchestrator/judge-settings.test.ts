import { expect, test } from 'vitest';
import { isSimulated, judgePlaces, parseExperiment } from './experiment.ts';

const REAL = { url: 'http://localhost:8000/v1', model: 'large' };
const parse = (raw: object) => parseExperiment(raw, 'experiment.yaml');

test('nothing said: the model of the role judge, one vote, one call a session', () => {
  const experiment = parse({ models: { roles: { judge: REAL } } });
  expect(judgePlaces(experiment)).toMatchObject([REAL]);
  expect(experiment.judge).toEqual({ maxTokens: 1024, temperature: 0, mode: 'session', votes: 1, anchors: 'check', panel: [] });
});

test('a panel takes the place of the role', () => {
  const panel = [REAL, { ...REAL, model: 'other', apiKeyEnv: 'OTHER_KEY' }];
  expect(judgePlaces(parse({ models: { roles: { judge: { url: 'sim', model: 'sim-large' } } }, judge: { panel } }))).toMatchObject(panel);
});

test('a run is simulated when one of its judges is, and not for a role that a panel replaces', () => {
  const others = Object.fromEntries(['simulator', 'agent', 'memory', 'extractor', 'reward'].map((role) => [role, REAL]));
  expect(isSimulated(parse({ models: { roles: others } }))).toBe(true);
  expect(isSimulated(parse({ models: { roles: others }, judge: { panel: [REAL] } }))).toBe(false);
  expect(isSimulated(parse({ models: { roles: { ...others, judge: REAL } }, judge: { panel: [REAL, { url: 'sim', model: 'sim-large' }] } }))).toBe(true);
});

test.each([
  ['fewer at most than at first', { votes: 3, maxVotes: 2 }, 'experiment.yaml: judge.maxVotes: must be at least votes, which is 3; found 2.'],
  ['more where a single vote cannot disagree', { maxVotes: 5 }, 'judge.maxVotes: has no effect, since a single vote cannot disagree; set votes to 2 or more, or name a panel.'],
  ['an unknown mode', { mode: 'line' }, 'judge.mode: '],
])('%s is refused in a sentence', (_, judge, sentence) => {
  expect(() => parse({ judge })).toThrow(expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(sentence) as string }));
});

test('a panel of two may ask for more votes where the first two differ', () => {
  expect(parse({ judge: { maxVotes: 5, panel: [REAL, REAL] } }).judge).toMatchObject({ votes: 1, maxVotes: 5 });
});

test('an unknown field names the known ones', () => {
  expect(() => parse({ judge: { vote: 3 } })).toThrow(/unknown field judge\.vote \(known: .*votes, maxVotes, .*panel.*\)/);
});
