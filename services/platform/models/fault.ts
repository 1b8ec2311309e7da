import { APIConnectionError, APIError } from 'openai';
import { AttuneError, type ErrorCode } from '../errors.ts';

/**
 * Reads what went wrong with one attempt: the error for the caller, whether another attempt may help, and what the endpoint says about its
 * load. Passing reasons are 408, 429, 500, 502, 503, 504, connections that fail, streams that are cut and bodies that are not what the API
 * promises (operations.md 1.5 and algorithm.md 1.5). The key never gets into a message, not even when the endpoint repeats it.
 */
export function readFault(thrown: unknown, place: Place): Fault {
  const fault = readKind(thrown, place);
  const message = withoutKey(fault.error.message, place);
  return message === fault.error.message ? fault : { ...fault, error: new AttuneError(fault.error.code, message) };
}

/** The endpoint's answer is not what the API promises; the message says what was expected and found. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

/** The answer ended before it was complete. */
export class CutAnswer extends Error {
  override readonly name = 'CutAnswer';
}

/**
 * The wait that the endpoint asks for in milliseconds, from `retry-after-ms` or `retry-after` (seconds or an HTTP date); undefined when it
 * asks for none that can be read.
 */
export function retryAfterMs(headers: { get(name: string): string | null } | undefined, now: number): number | undefined {
  const precise = headers?.get('retry-after-ms');
  if (precise && isAmount(precise)) return Number(precise);
  const coarse = headers?.get('retry-after');
  if (!coarse) return undefined;
  if (isAmount(coarse)) return Number(coarse) * 1000;
  // Node reads a bare number as a year.
  const date = /[a-z]/i.test(coarse) ? Date.parse(coarse) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function readKind(thrown: unknown, place: Place): Fault {
  if (thrown instanceof AttuneError) return final(thrown);
  if (thrown instanceof APIConnectionError) return connectionFault(thrown.cause ?? thrown, place);
  if (thrown instanceof APIError) return statusFault(thrown as APIError, place);
  if (thrown instanceof CutAnswer) return passing(unavailable(place, `cut its answer short: ${thrown.message}`));
  if (thrown instanceof MalformedAnswer) return passing(broken(place, quote(withoutKey(thrown.message, place), 400)));
  if (thrown instanceof SyntaxError) return passing(broken(place, 'the body is no JSON'));
  return connectionFault(thrown, place);
}

function statusFault(error: APIError, place: Place): Fault {
  // A stream that has begun has no status left to tell; vLLM puts the code into the error it sends there.
  const inStream: unknown = error.code;
  const status = error.status ?? (typeof inStream === 'number' ? inStream : undefined);
  // The key goes first: a cut would leave a part of it that nobody knows again.
  const said = quote(withoutKey(serverMessage(error), place), 300);
  if (status === undefined) return passing(unavailable(place, `ended its stream with an error: ${said}`));
  const askedMs = retryAfterMs(error.headers, Date.now());
  const where = `${place.url} (HTTP ${status}: ${said})`;
  // Servers say so with 400, 422 or even 500; no other attempt would go better.
  if ((status === 400 || status === 422 || status >= 500) && /response_format|json_schema|json_object/i.test(said)) {
    return final(new AttuneError('unimplemented', `${where} does not take the request's response_format.`));
  }
  const make = (code: ErrorCode, text: string): AttuneError => new AttuneError(code, text);
  switch (status) {
    case 401:
    case 403:
      return final(make('unauthenticated', `Expected a key that may use model "${place.model}", found it refused by ${where}; set the API key of endpoint "${place.endpoint}".`));
    case 404:
      return final(make('not_found', `Expected model "${place.model}" at endpoint "${place.endpoint}", found none at ${where}; use a model that the endpoint lists.`));
    case 429:
    case 503:
      return { ...passing(make('resource_exhausted', `Model "${place.model}" is overloaded at ${where}; run fewer sessions at once or add replicas.`)), overload: true, retryAfterMs: askedMs };
    case 408:
    case 500:
    case 502:
    case 504:
      return { ...passing(make('unavailable', `Model "${place.model}" failed at ${where}; look at the server's log.`)), retryAfterMs: askedMs };
    default:
      if (status >= 500) return final(make('unavailable', `Model "${place.model}" failed at ${where}; look at the server's log.`));
      return final(make('invalid_argument', `The request for model "${place.model}" was refused by ${where}.`));
  }
}

function connectionFault(cause: unknown, place: Place): Fault {
  const code = systemCode(cause);
  const text = cause instanceof Error ? cause.message || cause.name : String(cause);
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return final(new AttuneError('unavailable', `The connections to ${place.url} were closed while model "${place.model}" was asked.`, { cause }));
  }
  if (code === undefined || code === 'UND_ERR_INVALID_ARG') return final(new AttuneError('internal', `Asking ${place.url} went wrong on our side: ${text}.`, { cause }));
  if (code === 'ECONNREFUSED') {
    return passing(new AttuneError('unavailable', `Expected a server at ${place.url}, found the connection refused; start the model server or mend the URL of endpoint "${place.endpoint}".`, { cause }));
  }
  return passing(new AttuneError('unavailable', `The connection to ${place.url} failed (${code}: ${text}); look whether the model server runs and can be reached.`, { cause }));
}

/** The first code on the way down the causes: undici and Node name their errors that way; our own mistakes have none. */
function systemCode(thrown: unknown): string | undefined {
  let current: unknown = thrown;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    // A name that has more than one address fails with all of their errors.
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return undefined;
}

function serverMessage(error: APIError): string {
  const body = error.error as { message?: unknown } | string | null | undefined;
  if (typeof body === 'object' && body !== null && typeof body.message === 'string') return body.message;
  if (typeof body === 'string') return body;
  return error.message;
}

function unavailable(place: Place, what: string): AttuneError {
  return new AttuneError('unavailable', `Model "${place.model}" at ${place.url} ${what}; look at the server's log.`);
}

function broken(place: Place, what: string): AttuneError {
  return new AttuneError('data_loss', `Expected an answer of the OpenAI API from model "${place.model}" at ${place.url}, but ${what}; look whether the URL leads to a model server.`);
}

function passing(error: AttuneError): Fault {
  return { error, retryable: true, overload: false, retryAfterMs: undefined };
}

function final(error: AttuneError): Fault {
  return { error, retryable: false, overload: false, retryAfterMs: undefined };
}

function withoutKey(text: string, { apiKey }: Place): string {
  return apiKey ? text.replaceAll(apiKey, '[key]') : text;
}

function isAmount(text: string): boolean {
  return /^\s*\d+(\.\d+)?\s*$/.test(text);
}

function quote(text: string, most: number): string {
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  return flat.length > most ? `${flat.slice(0, most)}…` : flat;
}

/** Where an attempt went, for the sentences. */
export interface Place {
  endpoint: string;
  url: string;
  model: string;
  apiKey?: string | undefined;
}

export interface Fault {
  error: AttuneError;
  /** Another attempt may succeed. */
  retryable: boolean;
  /** The endpoint has too much to do. */
  overload: boolean;
  /** The wait the endpoint asked for. */
  retryAfterMs: number | undefined;
}
