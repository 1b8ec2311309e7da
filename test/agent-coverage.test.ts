import { expect, test } from 'vitest';
import { basePrompts } from '../services/agent/host.ts';
import { MARGIN_TOKENS } from '../services/agent/pack.ts';
import type { InjectedMemory } from '../services/gen/attune/agent/v1/agent.ts';
import { Role, type Message } from '../services/gen/attune/conversation/v1/conversation.ts';
import { createRandom, type Random } from '../services/platform/random.ts';
import { countTokens } from '../services/platform/tokens.ts';
import { openLab, schemaOf } from './support/lab.ts';
import { GREETING } from './support/play.ts';

const SESSIONS = 60;
const WORDS = 'river glacier oxbow lake delta basin ridge estuary 水 été meander silt current bank mouth source spring flood plain'.split(' ');

test.each([
  { contextLength: 4096, maxTokens: 512 },
  { contextLength: 2048, maxTokens: 256 },
])('contextual stays within its budget over 60 long sessions, and says truly what it still holds (context of $contextLength)', async (agent) => {
  await using lab = await openLab({ methods: ['contextual'], agent });
  const limit = Math.floor(0.6 * (agent.contextLength - agent.maxTokens - MARGIN_TOKENS - countTokens(basePrompts.base.render({}))));
  const random = createRandom(agent.contextLength);
  const user = { runId: 'r', method: 'contextual', userId: 'u' };
  const earlier: string[] = [];
  const traces: InjectedMemory[] = [];
  const summaries: number[] = [];
  for (let session = 0; session < SESSIONS; session += 1) {
    const key = { user, session };
    await lab.agent.startSession({ key });
    const said = [0, 1, 2].map((turn) => `Message ${turn} of session ${session}: ${words(random, 20 + random.int(200))}.`);
    const dialogue: Message[] = [GREETING];
    for (const [turn, content] of said.entries()) {
      dialogue.push({ role: Role.USER, content });
      if (turn === 2) break;
      const { agentMessage, injected } = await lab.agent.respond({ key, turn, dialogue, seed: session * 10 + turn });
      dialogue.push({ role: Role.ASSISTANT, content: agentMessage });
      if (turn === 0) traces.push(injected!);
      expect(injected!.tokens).toBe(countTokens(injected!.block));
      expect(injected!.tokens).toBeLessThanOrEqual(limit);
      // What the trace says is what a reader of the block finds.
      const found = earlier.filter((message) => injected!.block.includes(`User: ${message}`)).length;
      if (session === 0) expect(injected!.coverage).toBeUndefined();
      else expect(injected!.coverage).toBeCloseTo(found / earlier.length, 12);
    }
    const { faults } = await lab.agent.endSession({ key, dialogue, seed: session });
    expect(faults).toEqual([]);
    earlier.push(...said);
    summaries.push(lab.asked.filter((asked) => schemaOf(asked) === 'session_summary').length);
  }

  const coverage = traces.map((trace) => trace.coverage);
  const first = summaries.findIndex((count) => count > 0);
  expect(first).toBeGreaterThan(0);
  expect(coverage.slice(1, first + 1)).toEqual(Array.from({ length: first }, () => 1));
  for (let session = 1; session < SESSIONS - 1; session += 1) {
    // Three messages more are said in every session; without a summary all of them would be held beside the ones before.
    const kept = (coverage[session]! * 3 * session + 3) / (3 * (session + 1));
    if (summaries[session]! > summaries[session - 1]!) expect(coverage[session + 1]).toBeLessThan(kept - 1e-9);
    else expect(coverage[session + 1]).toBeCloseTo(kept, 12);
  }
  expect(summaries.at(-1)).toBeGreaterThan(5);
  expect(coverage.at(-1)).toBeLessThan(0.1);
  expect(Math.max(...traces.map((trace) => trace.tokens))).toBeGreaterThan(0.5 * limit);
}, 60_000);

test('methods that keep no history leave the figure out', async () => {
  await using lab = await openLab({ methods: ['vanilla', 'reflection', 'rag'] });
  for (const method of ['vanilla', 'reflection', 'rag']) {
    const key = (session: number) => ({ user: { runId: 'r', method, userId: 'u' }, session });
    const dialogue = [GREETING, { role: Role.USER, content: 'Please be brief.' }];
    await lab.agent.endSession({ key: key(0), dialogue, seed: 1 });
    const { injected } = await lab.agent.respond({ key: key(1), dialogue, seed: 1 });
    expect(injected!.coverage).toBeUndefined();
  }
});

function words(random: Random, count: number): string {
  return Array.from({ length: count }, () => random.pick(WORDS)).join(' ');
}
