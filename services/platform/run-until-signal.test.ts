import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const here = (name: string): string => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));

/** Runs a program whose start function is given; sends a signal for each "signal!" that it prints. */
async function run(start: string): Promise<{ code: number | null; output: string; log: Record<string, unknown>[] }> {
  const script = `
    import { runUntilSignal } from ${here('./run-until-signal.ts')};
    import { createLogger } from ${here('./log.ts')};
    import { AttuneError } from ${here('./errors.ts')};
    const say = (text) => process.stdout.write(text + '\\n');
    await runUntilSignal(createLogger({ name: 'test' }), async ({ onStop, signal }) => { ${start} });
    say('returned');
  `;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    const text = chunk.toString();
    output += text;
    for (const _ of text.matchAll(/signal!/g)) child.kill('SIGTERM');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const log = errors.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
  return { code, output: output.replaceAll('signal!\n', ''), log };
}

describe('runUntilSignal', { timeout: 30_000 }, () => {
  test('stops the parts in reverse order at the first signal', async () => {
    const { code, output } = await run(`
      onStop(() => say('first stopped'));
      onStop(async () => { await new Promise(setImmediate); say('second stopped'); });
      signal.addEventListener('abort', () => say('told'));
      say('signal!');
    `);
    expect(output.trim().split('\n')).toEqual(['told', 'second stopped', 'first stopped', 'returned']);
    expect(code).toBe(0);
  });

  test('a start that fails stops what had started, and says one sentence without a stack', async () => {
    const { code, output, log } = await run(`onStop(() => say('stopped')); throw new AttuneError('failed_precondition', 'Port 1 is in use.');`);
    expect(output.trim().split('\n')).toEqual(['stopped', 'returned']);
    expect(code).toBe(1);
    expect(log).toMatchObject([{ level: 'error', msg: 'Port 1 is in use.' }]);
    expect(log[0]).not.toHaveProperty('err');
  });

  test('a part that fails to stop does not keep the others running', async () => {
    const { code, output, log } = await run(`onStop(() => say('stopped')); onStop(() => { throw new Error('stuck'); }); say('signal!');`);
    expect(output.trim().split('\n')).toEqual(['stopped', 'returned']);
    expect(code).toBe(1);
    expect(log.at(-1)).toMatchObject({ level: 'error', msg: 'stuck', err: { type: 'Error' } });
  });

  test('a second signal exits at once', async () => {
    const { code, output } = await run(`onStop(() => { say('signal!'); return new Promise(() => {}); }); say('signal!');`);
    expect(output.trim()).toBe('');
    expect(code).toBe(143);
  });
});
