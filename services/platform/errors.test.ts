import { ClientError, ServerError, Status } from 'nice-grpc-common';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AttuneError, ERROR_CODES, toServerError, withContext } from './errors.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

describe('AttuneError.from', () => {
  test.each([
    ['an AbortError', new DOMException('This operation was aborted', 'AbortError'), 'cancelled'],
    ['a time-out', new DOMException('The operation timed out', 'TimeoutError'), 'deadline_exceeded'],
    ['a refused connection', systemError('ECONNREFUSED'), 'unavailable'],
    ['a refused connection under fetch', new TypeError('fetch failed', { cause: systemError('ECONNREFUSED') }), 'unavailable'],
    ['an AttuneError under another error', new Error('wrapped', { cause: new AttuneError('not_found', 'x') }), 'not_found'],
    ['a full disk', systemError('ENOSPC'), 'resource_exhausted'],
    ['a status', new ClientError('/s/M', Status.NOT_FOUND, 'nothing there'), 'not_found'],
    ['an aborted transaction', new ServerError(Status.ABORTED, 'try again'), 'failed_precondition'],
    ['an unknown status', new ClientError('/s/M', Status.UNKNOWN, 'boom'), 'internal'],
    ['anything else', new RangeError('index'), 'internal'],
  ])('%s', (_, thrown, code) => {
    const error = AttuneError.from(thrown);
    expect(error.code).toBe(code);
    expect(error.cause).toBe(thrown);
    expect(error.message).toBe(thrown instanceof ClientError || thrown instanceof ServerError ? thrown.details : thrown.message);
  });

  test('an AttuneError is itself', () => {
    const error = new AttuneError('data_loss', 'x');
    expect(AttuneError.from(error)).toBe(error);
  });

  test.each([
    ['text', '"text"'],
    [undefined, 'undefined'],
    [{ a: 1 }, 'an object'],
  ])('a thrown %j', (thrown, described) => {
    expect(AttuneError.from(thrown)).toMatchObject({ code: 'internal', message: `Expected a thrown error, found ${described}.` });
  });

  test('a schema error is a sentence with all places', () => {
    const { error } = z.object({ models: z.object({ agent: z.array(z.object({ seed: z.number() })) }), name: z.string() }).safeParse({ models: { agent: [{ seed: 'x' }] } });
    expect(AttuneError.from(error)).toMatchObject({
      code: 'invalid_argument',
      message: 'The input does not have the expected form: models.agent[0].seed: expected number, received string; name: expected string, received undefined.',
    });
  });

  test('a loop of causes ends', () => {
    const error = new Error('loop');
    error.cause = error;
    expect(AttuneError.from(error).code).toBe('internal');
  });
});

describe('toServerError', () => {
  test.each(ERROR_CODES)('%s survives there and back', (code) => {
    const back = AttuneError.from(toServerError(new AttuneError(code, 'Ünïcode\n100%')));
    expect(back).toMatchObject({ code, message: 'Ünïcode\n100%' });
  });

  test('text that a header cannot carry', () => {
    expect(toServerError(new Error('half \ud83d')).details).toBe('half \ufffd');
    expect(toServerError(new Error('x'.repeat(10_000))).details).toHaveLength(4096);
  });
});

test('withContext keeps the code and the cause', () => {
  const cause = new AttuneError('unavailable', 'gone');
  expect(withContext('Session 3', cause)).toMatchObject({ code: 'unavailable', message: 'Session 3: gone', cause });
});
