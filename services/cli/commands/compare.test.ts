import { afterEach, describe, expect, test, vi } from 'vitest';
import { compareCommand } from './compare.ts';

const GOLDEN = new URL('../../report/golden/run-v1', import.meta.url).pathname;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('attune compare', () => {
  test('tables of a recorded run, and the same for a program', async () => {
    const text = (await compare(GOLDEN, '--baseline', 'vanilla', '--metric', 'success,user_tokens')).printed;
    expect(text).toContain('1 method compared with vanilla over 2 profiles (run-v1).');
    expect(text).toMatch(/notes +65 +−5 +\[−69 to 59\] .* unclear/);
    expect(text).toContain('Cannot be told apart: {notes, vanilla}');
    expect(text).not.toContain('Enforcements ↓');
    const { model, runs } = JSON.parse((await compare(GOLDEN, '--json')).printed) as { model: { differences: unknown[]; family: { tests: number } }; runs: { name: string }[] };
    expect(runs.map(({ name }) => name)).toEqual(['run-v1']);
    expect(model.differences).toHaveLength(4);
    expect(model.family.tests).toBe(4);
  });

  test('wrong use is told in a sentence', async () => {
    expect((await compare()).error).toBe('Name at least one run, or ask for --selftest.');
    expect((await compare('no-such-run')).error).toMatch(/^No run "no-such-run"/);
    expect((await compare(GOLDEN, '--baseline', 'none')).error).toBe('--baseline should name one of vanilla, notes, found "none".');
    expect((await compare(GOLDEN, '--selftest')).error).toMatch(/leave the runs out/);
    expect((await compare('--selftest', '--experiments', '0')).error).toMatch(/at least 1/);
  });

  test('the self-test prints what it found and fails when a bound is missed', async () => {
    // So few experiments can't keep the bounds.
    const { printed, error } = await compare('--selftest', '--experiments', '3', '--seed', '2');
    expect(printed).toMatch(/^3 simulated experiments of each kind, seed 2;/);
    expect(printed).toMatch(/Power against what the plan predicts.*\n +gap 9\.8 % +predicted \d\d\.\d % +found/);
    expect(error).toMatch(/^The self-test missed /);
    expect(JSON.parse((await compare('--selftest', '--experiments', '3', '--seed', '2', '--json')).printed)).toMatchObject({ experiments: 3, seed: 2, missed: expect.arrayContaining([expect.any(String)]) });
  });
});

async function compare(...args: string[]): Promise<{ printed: string; error: string | null }> {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    await compareCommand().exitOverride().configureOutput({ writeErr: () => undefined }).parseAsync(args, { from: 'user' });
    return { printed, error: null };
  } catch (error) {
    return { printed, error: (error as Error).message };
  } finally {
    vi.restoreAllMocks();
  }
}
