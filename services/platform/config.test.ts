import { describe, expect, test } from 'vitest';
import { readEnv } from './config.ts';

describe('readEnv', () => {
  test('reads every kind', () => {
    const source = { S: ' text ', I: '-3', N: '1.5e3', B: 'Yes', L: 'a, b,,c', U: 'http://localhost:8000/v1/', C: 'debug' };
    const config = readEnv(source, (env) => ({
      s: env.string('S'),
      i: env.int('I', { min: -5 }),
      n: env.number('N'),
      b: env.bool('B'),
      l: env.list('L'),
      u: env.url('U'),
      c: env.choice('C', ['info', 'debug']),
    }));
    expect(config).toEqual({ s: 'text', i: -3, n: 1500, b: true, l: ['a', 'b', 'c'], u: 'http://localhost:8000/v1', c: 'debug' });
  });

  test('an unset, empty or blank variable takes its default', () => {
    expect(
      readEnv({ A: '', B: '  ' }, (env) => [
        env.string('A', { default: '' }),
        env.int('B', { default: 0 }),
        env.bool('C', { default: false }),
        env.url('D', { optional: true }),
        env.choice('E', ['x', 'y'], { default: 'y' }),
      ]),
    ).toEqual(['', 0, false, undefined, 'y']);
  });

  test('reports every problem at once', () => {
    const read = (): unknown =>
      readEnv({ PORT: '70000', RATE: '1e', ON: 'maybe', URL: 'ftp://x', LEVEL: 'loud', COUNT: '3.5' }, (env) => [
        env.string('KEY'),
        env.int('PORT', { default: 1, min: 0, max: 65_535 }),
        env.number('RATE', { min: 0 }),
        env.bool('ON'),
        env.url('URL'),
        env.choice('LEVEL', ['info', 'debug']),
        env.int('COUNT', { max: 9 }),
      ]);
    expect(read).toThrow(
      'Settings are wrong: KEY is not set; expected a text; PORT should be a whole number from 0 to 65535, found "70000"; ' +
        'RATE should be a number of at least 0, found "1e"; ON should be one of true, false, 1, 0, yes, no, on, off, found "maybe"; ' +
        'URL should be an http(s) URL; LEVEL should be one of info, debug, found "loud"; COUNT should be a whole number of at most 9, found "3.5".',
    );
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_argument' }) as Error);
  });

  test('never echoes what may be a secret', () => {
    expect(() => readEnv({ U: 'user:hunter2@host' }, (env) => env.url('U'))).toThrow(/^(?!.*hunter2)/);
  });
});
