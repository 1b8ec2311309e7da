import { describe, expect, test } from 'vitest';
import { createModelSim, type FaultConfig, type FaultKind } from '../service.ts';
import { wire } from '../testing.ts';
import { createFaults } from './faults.ts';

const PLAIN = { model: 'attune-sim', messages: [{ role: 'user', content: 'It is about crescents.' }] };
const schema = { type: 'object', properties: { reasoning: { type: 'string' }, accuracy: { type: 'integer' } }, required: ['reasoning', 'accuracy'] };
const STRUCTURED = { ...PLAIN, response_format: { type: 'json_schema', json_schema: { name: 'task_verdict', schema } } };

async function ask(faults: FaultConfig, body: object = PLAIN): Promise<Response[]> {
  const sim = createModelSim({ seed: 1, knowledge: [], faults });
  const { url } = await sim.listen();
  const answers: Response[] = [];
  try {
    for (let call = 0; call < (faults.script?.length ?? 1); call += 1) {
      const response = await fetch(`${url}/chat/completions`, { method: 'POST', body: JSON.stringify(body) });
      // The body is read while the server lives; a broken one is handed on as a stream that fails.
      const text = await response.text().catch((error: unknown) => `FAILED ${String(error)}`);
      answers.push(new Response(text, { status: response.status, headers: { 'retry-after': response.headers.get('retry-after') ?? '' } }));
    }
    return answers;
  } finally {
    await sim.close();
  }
}

const contentOf = async (response: Response | undefined) => (await wire(response!)).choices[0].message;

describe('scripted faults', () => {
  test('429 with Retry-After, 500, then a good answer', async () => {
    const [first, second, third] = await ask({ script: ['http_429', 'http_500', 'ok'], retryAfterSeconds: 7 });
    expect([first!.status, second!.status, third!.status]).toEqual([429, 500, 200]);
    expect(first!.headers.get('retry-after')).toBe('7');
    expect(await first!.json()).toMatchObject({ error: { code: 429, type: 'RateLimitError' } });
  });

  test('a cut body and a cut stream fail while they are read', async () => {
    const [whole] = await ask({ script: ['cut'] });
    expect(await whole!.text()).toMatch(/^FAILED/);
    const [stream] = await ask({ script: ['cut'] }, { ...PLAIN, stream: true });
    expect(await stream!.text()).toMatch(/^FAILED/);
  });

  test('a stall ends when its time is up', async () => {
    await expect(ask({ script: ['stall'], stallMs: 20 })).rejects.toThrow();
  });

  test('broken JSON and prose in place of JSON; free text is left alone', async () => {
    const [broken, prose] = await ask({ script: ['broken_json', 'prose'] }, STRUCTURED);
    const text = (await contentOf(broken)).content;
    expect(text.startsWith('{')).toBe(true);
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect((await contentOf(prose)).content).toMatch(/^Sure/);
    const [free, usual] = await ask({ script: ['prose', 'ok'] });
    expect(await contentOf(free)).toEqual(await contentOf(usual));
  });

  test('a refusal', async () => {
    const [refused] = await ask({ script: ['refusal'] });
    expect(await contentOf(refused)).toMatchObject({ content: null, refusal: expect.stringMatching(/can't help/) });
  });
});

describe('fault rates', () => {
  const drawn = (seed: number, bodies: string[], config: FaultConfig = { rates: { http_500: 0.3 } }): (FaultKind | null)[] => {
    const faults = createFaults(config, seed);
    return bodies.map((body) => faults.next('agent_reply', body));
  };
  const bodies = Array.from({ length: 400 }, (_, index) => `body ${index}`);

  test('are met, the same for the same seed, whatever the order', () => {
    const one = drawn(1, bodies);
    const share = one.filter((fault) => fault === 'http_500').length / bodies.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
    expect(drawn(1, [...bodies].reverse()).reverse()).toEqual(one);
    expect(drawn(2, bodies)).not.toEqual(one);
  });

  test('a repeated call gets a new draw', () => {
    const repeated = drawn(1, Array.from({ length: 200 }, () => 'the same'));
    expect(new Set(repeated)).toEqual(new Set(['http_500', null]));
  });

  test('hit only the calls they are meant for', () => {
    expect(new Set(drawn(1, bodies, { rates: { http_500: 1 }, only: ['user_turn'] }))).toEqual(new Set([null]));
  });
});
