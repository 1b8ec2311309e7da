import { describe, expect, test } from 'vitest';
import { createBudget } from './budget.ts';
import { createRoomy } from './roomy.ts';
import { createWorkLeft } from './work-left.ts';
import { parseExperiment } from '../experiment.ts';
import { SessionRecord } from '../../gen/attune/record/v1/record.ts';

const trajectory = (method: string, sessions = 3) => ({ method, sessions: Array.from({ length: sessions }, (_, session) => ({ session })) });

describe('the work that is left', () => {
  test('follows the sessions left while nothing is known', () => {
    const left = createWorkLeft();
    expect(left.of(trajectory('a', 5), 0, 0)).toBeGreaterThan(left.of(trajectory('b', 4), 0, 0));
    expect(left.of(trajectory('a', 5), 3, 0)).toBeLessThan(left.of(trajectory('b', 4), 1, 0));
  });

  test('is learned by method: turns, time of a turn, and how long sessions go on that have lasted so long', () => {
    const left = createWorkLeft();
    for (const turns of [2, 4, 6, 8]) {
      left.learn({ method: 'fast', session: 0, turns, ms: turns * 100 });
      left.learn({ method: 'slow', session: 0, turns, ms: turns * 300 });
    }
    expect(left.of(trajectory('slow'), 0, 0)).toBeCloseTo(3 * left.of(trajectory('fast'), 0, 0));
    const one = trajectory('slow', 1);
    expect(left.of(one, 0, 4) / left.of(one, 0, 0)).toBeCloseTo(3 / 5);
    expect(left.of(one, 0, 8)).toBeGreaterThan(0);
    expect(left.of(one, 1, 0)).toBe(0);
    expect(left.learned()).toBe(8);
  });
});

describe('a budget', () => {
  const prices = { m: { promptPerMillion: 1, completionPerMillion: 10 } };

  test('stops at the call that reaches the limit and lets no other through, what was spent before included', () => {
    const budget = createBudget();
    budget.open({ tokens: 100 }, { tokens: 60, money: 0, ms: 0 }, prices);
    budget.add('m', { promptTokens: 30, completionTokens: 9 });
    expect(() => budget.mayAsk()).not.toThrow();
    budget.add('m', { promptTokens: 1, completionTokens: 0 });
    expect(budget.reached.aborted).toBe(true);
    expect(() => budget.mayAsk()).toThrow(/limit of 100 tokens, of which 100 are spent; raise it with --limit-tokens/);
  });

  test('counts money by the prices of models, and time of earlier executions', () => {
    const money = createBudget();
    money.open({ money: 0.001 }, { tokens: 0, money: 0.0005, ms: 0 }, prices);
    money.add('other', { promptTokens: 1e6, completionTokens: 1e6 });
    expect(money.reached.aborted).toBe(false);
    money.add('m', { promptTokens: 100, completionTokens: 40 });
    expect(money.reached.aborted).toBe(true);
    const hours = createBudget();
    hours.open({ hours: 1 }, { tokens: 0, money: 0, ms: 3_600_000 }, prices);
    expect(() => hours.mayAsk()).toThrow(/1 hours/);
    hours.close();
  });
});

describe('concurrency: auto', () => {
  const big = 'http://big:8000/v1';
  const small = 'http://small:8000/v1';
  const experiment = (kvTokens: number) =>
    parseExperiment(
      {
        methods: ['vanilla'],
        concurrency: 'auto',
        models: { url: big, model: 'm', roles: { agent: { url: [small, 'http://small2:8000/v1'], model: 's' } } },
        servers: {
          [big]: { profile: { gpus: 4, t0: 16.5, t1: 0.078, kv: 0.03, pf: 0.09, a: 8, maxSeqs: 256, kvTokens, p0: 1, p1: 1, pt: 1 }, replicas: 2 },
          [small]: { profile: '8b-bf16-h100', replicas: 2 },
        },
      },
      'test',
    );

  test('is what leaves a quarter of the KV caches free, and follows the contexts that are measured', () => {
    const roomy = createRoomy(experiment(410_000), { profiles: 1_000 });
    const assumed = roomy.sessions();
    // Published: about 240 to 280 chains on two such replicas (spec: operations.md 6.4).
    expect(assumed).toBeGreaterThan(180);
    expect(assumed).toBeLessThan(330);
    expect(createRoomy(experiment(205_000), { profiles: 1_000 }).sessions()).toBeLessThan(0.6 * assumed);
    const usage = (role: string, calls: number, promptTokens: number) => ({ role, model: 'm', calls, promptTokens: calls * promptTokens, completionTokens: calls * 250, cachedPromptTokens: 0 });
    for (let session = 0; session < 20; session += 1) {
      roomy.learn(SessionRecord.fromPartial({ method: 'vanilla', userId: `u${session}`, session: 0, userTokens: 540, agentTokens: 2_800, turns: Array.from({ length: 8 }, (_, turn) => ({ turn, user: { userMessage: 'x' }, agent: { agentMessage: 'y' } })), usage: [usage('simulator', 9, 9_000), usage('agent', 8, 6_000)] }));
    }
    expect(roomy.sessions()).toBeLessThan(0.6 * assumed);
    expect(roomy.sessions()).toBeGreaterThanOrEqual(1);
  });

  test('a number stays that number, and auto without servers is refused', () => {
    expect(createRoomy(parseExperiment({ concurrency: 7 }, 'test'), { profiles: 3 }).sessions()).toBe(7);
    expect(() => parseExperiment({ concurrency: 'auto' }, 'test')).toThrow(/describe the servers/);
    expect(() => parseExperiment({ limits: { money: 3 } }, 'test')).toThrow(/models\.prices/);
  });

  test('a list of URLs is the first with the others as replicas', () => {
    const { roles } = experiment(1_000).models;
    expect(roles.agent).toMatchObject({ url: small, replicas: ['http://small2:8000/v1'] });
  });
});
