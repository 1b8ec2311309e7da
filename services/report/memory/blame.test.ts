import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBlameCount } from '../sections/blame/section.ts';
import { CAUSES } from './blame.ts';
import { readAll, sampleItem, sampleRetrieval, TEXTS } from './sample-trajectory.ts';
import type { SampleTurn } from './sample-trajectory.ts';

const causesOf = async (...items: Parameters<typeof readAll>[0]) => (await readAll(items)).flatMap(({ blames }) => blames.map(({ preferenceId, cause }) => `${preferenceId}: ${cause}`));
const violated: SampleTurn = { applicable: ['steps'] };
const stated = sampleItem(0, [{ enforces: ['steps'] }]);
const bullets = (...notes: string[]) => notes.map((note) => `- ${note}`).join('\n');

describe('every violation has one cause', () => {
  test('what was never voiced', async () => {
    expect(await causesOf(sampleItem(0, [violated]), sampleItem(1, [violated, { enforces: ['steps'] }]))).toEqual(['steps: never_stated', 'steps: never_stated']);
    // Read from other words of the user all the same, and in the prompt: then the reply is to blame.
    expect(await causesOf(sampleItem(0, [{ ...violated, block: bullets(TEXTS.steps) }]))).toEqual(['steps: not_followed']);
  });

  test('voiced and lost: by a method that extracts, before or after extraction, and by one that keeps what it likes', async () => {
    expect(await causesOf(sampleItem(0, [{ enforces: ['steps'], extracts: ['say it again'] }]), sampleItem(1, [violated]))).toEqual(['steps: not_extracted']);
    expect(await causesOf(sampleItem(0, [{ enforces: ['steps'], extracts: [TEXTS.steps] }]), sampleItem(1, [violated]))).toEqual(['steps: not_retrieved']);
    expect(await causesOf(sampleItem(0, [{ enforces: ['steps'] }], { extractor: true }), sampleItem(1, [violated]))).toEqual(['steps: not_extracted']);
    expect(await causesOf(stated, sampleItem(1, [violated]))).toEqual(['steps: not_kept']);
    expect(await causesOf(stated, sampleItem(1, [{ ...violated, block: bullets(TEXTS.short) }]))).toEqual(['steps: not_kept']);
  });

  test('in the prompt and not followed: as a note, as words in a history, as a request of this very session', async () => {
    expect(await causesOf(stated, sampleItem(1, [{ ...violated, block: bullets(TEXTS.steps) }]))).toEqual(['steps: not_followed']);
    expect(await causesOf(stated, sampleItem(1, [{ ...violated, block: 'Session 1:\nUser: message 0\nAgent: A reply.' }]))).toEqual(['steps: not_followed']);
    expect(await causesOf(sampleItem(0, [{}, { enforces: ['steps'] }, {}, violated]))).toEqual(['steps: not_followed']);
    // The request fell out of a full context, the second of six older messages.
    expect(await causesOf(sampleItem(0, [{}, { enforces: ['steps'] }, {}, { ...violated, dropped: 3 }]))).toEqual(['steps: not_kept']);
    expect(await causesOf(sampleItem(0, [{}, { enforces: ['steps'] }, {}, { ...violated, dropped: 2 }]))).toEqual(['steps: not_followed']);
    // The first message never falls out, nor does the one that is answered.
    expect(await causesOf(sampleItem(0, [{ enforces: ['steps'] }, {}, {}, { ...violated, dropped: 6 }]))).toEqual(['steps: not_followed']);
    expect(await causesOf(sampleItem(0, [{}, {}, {}, { ...violated, enforces: ['steps'], dropped: 6 }]))).toEqual(['steps: not_followed']);
  });

  test('on a planted probe nothing but what the plan expects can be violated', async () => {
    const probe = { candidateIds: ['steps', 'bullets'], expectedId: 'bullets' };
    const turn = { applicable: ['steps', 'bullets', 'short'], followed: ['short'] };
    expect(await causesOf(sampleItem(0, [{ ...turn, probePlanted: true }], { probe }))).toEqual(['bullets: never_stated']);
    expect(await causesOf(sampleItem(0, [turn], { probe }))).toEqual(['steps: never_stated', 'bullets: never_stated']);
  });

  test('a rival of the same group was followed, or stood in the prompt in its place', async () => {
    const both = { applicable: ['steps', 'bullets'], followed: ['bullets'] };
    expect(await causesOf(stated, sampleItem(1, [{ ...both, block: bullets(TEXTS.steps) }]))).toEqual(['steps: lost_in_conflict']);
    expect(await causesOf(stated, sampleItem(1, [{ ...violated, overApplied: ['bullets'], block: bullets(TEXTS.steps) }]))).toEqual(['steps: lost_in_conflict']);
    expect(await causesOf(stated, sampleItem(1, [{ ...violated, block: bullets(TEXTS.bullets) }]))).toEqual(['steps: lost_in_conflict']);
    // Nobody can keep what nobody said.
    expect(await causesOf(sampleItem(1, [{ ...violated, block: bullets(TEXTS.bullets) }]))).toEqual(['steps: never_stated']);
    // Another group is no rival.
    expect(await causesOf(stated, sampleItem(1, [{ ...violated, block: bullets(TEXTS.short) }]))).toEqual(['steps: not_kept']);
  });

  test('doubts about the verdict and about the user come first', async () => {
    expect(await causesOf(sampleItem(0, [{ ...violated, disagreed: ['steps'], checks: { steps: true } }, {}]))).toEqual(['steps: judge_and_rule_disagree']);
    expect(await causesOf(sampleItem(0, [{ ...violated, checks: { steps: true } }, {}]))).toEqual(['steps: simulator_fault']);
    expect(await causesOf(sampleItem(0, [{ ...violated, checks: { steps: false } }, {}]))).toEqual(['steps: never_stated']);
    expect(await causesOf(sampleItem(0, [violated], { runaways: [0] }))).toEqual(['steps: simulator_fault']);
    // Asked for a rival that did not apply; and for one that did.
    expect(await causesOf(sampleItem(0, [{ applicable: ['short'], followed: ['short'] }, { ...violated, enforces: ['bullets'] }]))).toEqual(['steps: simulator_fault']);
    expect(await causesOf(sampleItem(0, [{ applicable: ['bullets'], followed: ['bullets'] }, { ...violated, enforces: ['bullets'] }]))).toEqual(['steps: never_stated']);
  });

  test('violations of what did not apply are none, and unscored turns have none', async () => {
    expect(await causesOf(sampleItem(0, [{ applicable: [] }, {}]))).toEqual([]);
  });
});

test('in any run the causes of a method add up to its violations, and their shares to 1', async () => {
  const ids = fc.subarray(['steps', 'bullets', 'short', 'thanks']);
  const anyTurn = fc.record({
    enforces: ids,
    applicable: fc.option(ids, { nil: undefined }),
    followed: ids,
    overApplied: ids,
    disagreed: ids,
    block: fc.subarray(Object.values(TEXTS)).map((notes) => bullets(...notes)),
    extracts: fc.subarray(Object.values(TEXTS)),
    checks: fc.dictionary(fc.constantFrom('steps', 'short'), fc.boolean()),
    dropped: fc.nat(5),
    retrieval: fc.constantFrom(undefined, sampleRetrieval(['a', 'b'], 1)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(anyTurn, { maxLength: 4 }), { maxLength: 4 }), async (sessions) => {
      const turns = sessions.map((session) => session.map(({ applicable, retrieval, ...rest }): SampleTurn => ({ ...rest, ...(applicable && { applicable }), ...(retrieval && { retrieval }) })));
      const count = createBlameCount(['sample', 'idle']);
      for (const { blames } of await readAll(turns.map((session, index) => sampleItem(index, session)))) count.add(blames);
      const expected = turns.flat().reduce((sum, { applicable = [], followed = [] }) => sum + applicable.filter((id) => !followed.includes(id)).length, 0);
      const section = count.finish();
      if (expected === 0) {
        expect(section).toBeNull();
        return;
      }
      const [sample, idle] = section!.methods;
      expect(sample!.violations).toBe(expected);
      expect(sample!.causes.reduce((sum, { count: found }) => sum + found, 0)).toBe(expected);
      expect(sample!.causes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
      expect(idle).toEqual({ method: 'idle', violations: 0, causes: CAUSES.map(({ id }) => ({ id, count: 0, share: 0 })) });
    }),
    { seed: 7, numRuns: 200 },
  );
});
