import { expect, test } from 'vitest';
import { createLogger, type LoggerOptions } from './log.ts';

function lines(options: Partial<LoggerOptions>, speak: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const written: Record<string, unknown>[] = [];
  speak(createLogger({ name: 'judge', destination: { write: (line) => void written.push(JSON.parse(line) as Record<string, unknown>) }, ...options }));
  return written;
}

test('a line says who, how bad and about what', () => {
  const [line] = lines({}, (log) => log.child({ runId: 'r', method: 'rag', userId: 'u', session: 3 }).warn({ turn: 1 }, 'Slow.'));
  expect(line).toMatchObject({ name: 'judge', level: 'warn', runId: 'r', method: 'rag', userId: 'u', session: 3, turn: 1, msg: 'Slow.' });
  expect(line!.time).toMatch(/^\d{4}-\d\d-\d\dT/);
});

test('secrets are redacted, also some levels down and in child bindings', () => {
  const text = JSON.stringify(
    lines({}, (log) => {
      log.info({ apiKey: 'hunter2', headers: { authorization: 'Bearer hunter2' }, request: { headers: { Authorization: 'hunter2' } } }, 'x');
      log.child({ apiKey: 'hunter2' }).info({ models: { agent: { client: { apiKey: 'hunter2' } } } }, 'y');
    }),
  );
  expect(text).not.toContain('hunter2');
  expect(text).toContain('[redacted]');
});

test('lines below the level are dropped', () => {
  expect(lines({ level: 'error' }, (log) => log.warn('no'))).toEqual([]);
  expect(lines({ level: 'silent' }, (log) => log.fatal('no'))).toEqual([]);
});

test('errors come with their causes', () => {
  const [line] = lines({}, (log) => log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'x'));
  expect(line!.err).toMatchObject({ message: 'outer', cause: { message: 'inner' } });
});

test('an unknown level is refused in a sentence', () => {
  expect(() => lines({ level: 'loud' as never }, () => {})).toThrow('found "loud"');
});
