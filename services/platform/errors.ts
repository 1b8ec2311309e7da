import { ClientError, ServerError, Status } from 'nice-grpc-common';

/**
 * AttuneError is the one error that crosses a border between parts: a stable code to decide by, and one sentence for a reader (what was
 * expected, what was found, how to mend it). The same code and text arrive whether a service was called over gRPC or directly.
 */
export class AttuneError extends Error {
  override readonly name = 'AttuneError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
  }

  /**
   * Reads any thrown value. An AttuneError is returned as it is; gRPC errors keep code and text; aborts become `cancelled`, time-outs
   * `deadline_exceeded`, refused connections `unavailable`, schema errors `invalid_argument`; the rest is `internal`. The original stays as `cause`.
   */
  static from(thrown: unknown): AttuneError {
    if (thrown instanceof AttuneError) return thrown;
    if (thrown instanceof ClientError || thrown instanceof ServerError) {
      return new AttuneError(codeOfStatus(thrown.code), thrown.details, { cause: thrown });
    }
    if (!(thrown instanceof Error)) {
      return new AttuneError('internal', `Expected a thrown error, found ${describeValue(thrown)}.`, { cause: thrown });
    }
    const issues = issuesOf(thrown);
    if (issues) return new AttuneError('invalid_argument', sentenceOfIssues(issues), { cause: thrown });
    return new AttuneError(codeOfError(thrown), thrown.message || thrown.name, { cause: thrown });
  }
}

/**
 * Turns any thrown value into the error that nice-grpc sends. Status texts travel in an HTTP/2 header of bounded size, so a text is cut at
 * 4096 characters; lone surrogates, which no header can carry, become U+FFFD.
 */
export function toServerError(thrown: unknown): ServerError {
  const error = AttuneError.from(thrown);
  return new ServerError(STATUS_OF[error.code], wireText(error.message));
}

/** Prefixes the text of an error with where it happened; code and cause stay. */
export function withContext(context: string, thrown: unknown): AttuneError {
  const error = AttuneError.from(thrown);
  return new AttuneError(error.code, `${context}: ${error.message}`, { cause: error });
}

/** All codes, in one fixed order. */
export const ERROR_CODES = [
  'invalid_argument',
  'not_found',
  'already_exists',
  'unauthenticated',
  'permission_denied',
  'failed_precondition',
  'resource_exhausted',
  'deadline_exceeded',
  'unavailable',
  'cancelled',
  'unimplemented',
  'data_loss',
  'internal',
] as const;

const STATUS_OF: Record<ErrorCode, Status> = {
  invalid_argument: Status.INVALID_ARGUMENT,
  not_found: Status.NOT_FOUND,
  already_exists: Status.ALREADY_EXISTS,
  unauthenticated: Status.UNAUTHENTICATED,
  permission_denied: Status.PERMISSION_DENIED,
  failed_precondition: Status.FAILED_PRECONDITION,
  resource_exhausted: Status.RESOURCE_EXHAUSTED,
  deadline_exceeded: Status.DEADLINE_EXCEEDED,
  unavailable: Status.UNAVAILABLE,
  cancelled: Status.CANCELLED,
  unimplemented: Status.UNIMPLEMENTED,
  data_loss: Status.DATA_LOSS,
  internal: Status.INTERNAL,
};

const CODE_OF_STATUS = new Map<Status, ErrorCode>([
  ...ERROR_CODES.map((code): [Status, ErrorCode] => [STATUS_OF[code], code]),
  [Status.OUT_OF_RANGE, 'invalid_argument'],
  [Status.ABORTED, 'failed_precondition'],
]);

const CODE_OF_SYSTEM_ERROR: Record<string, ErrorCode> = {
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  EPIPE: 'unavailable',
  ENOTFOUND: 'unavailable',
  EAI_AGAIN: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  ENETUNREACH: 'unavailable',
  ETIMEDOUT: 'unavailable',
  UND_ERR_SOCKET: 'unavailable',
  UND_ERR_CONNECT_TIMEOUT: 'unavailable',
  UND_ERR_HEADERS_TIMEOUT: 'deadline_exceeded',
  UND_ERR_BODY_TIMEOUT: 'deadline_exceeded',
  ENOENT: 'not_found',
  EEXIST: 'already_exists',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
  EROFS: 'permission_denied',
  ENOSPC: 'resource_exhausted',
  EDQUOT: 'resource_exhausted',
  EMFILE: 'resource_exhausted',
};

/** Longest text that a status carries, in UTF-16 code units; percent-encoding makes it at most nine times as many bytes. */
const MAX_WIRE_TEXT = 4096;

function codeOfStatus(status: Status): ErrorCode {
  return CODE_OF_STATUS.get(status) ?? 'internal';
}

/** Looks at the error, then at its causes: `fetch` hides the socket's error behind "fetch failed". */
function codeOfError(error: Error): ErrorCode {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if (current instanceof AttuneError) return current.code;
    if (current.name === 'AbortError') return 'cancelled';
    if (current.name === 'TimeoutError') return 'deadline_exceeded';
    const system = 'code' in current && typeof current.code === 'string' ? CODE_OF_SYSTEM_ERROR[current.code] : undefined;
    if (system) return system;
    current = current.cause;
  }
  return 'internal';
}

function wireText(text: string): string {
  const cut = text.length <= MAX_WIRE_TEXT ? text : `${text.slice(0, MAX_WIRE_TEXT - 1)}…`;
  return Buffer.from(cut, 'utf8').toString('utf8');
}

function issuesOf(error: Error): readonly Issue[] | undefined {
  if (!/^\$?Zod/.test(error.name) || !('issues' in error) || !Array.isArray(error.issues)) return undefined;
  return error.issues as readonly Issue[];
}

function sentenceOfIssues(issues: readonly Issue[]): string {
  const parts = issues.map((issue) => {
    const where = issue.path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index ? '.' : ''}${String(part)}`)).join('');
    const what = issue.message.replace(/^Invalid input: /, '');
    return where ? `${where}: ${what}` : what;
  });
  return `The input does not have the expected form: ${parts.join('; ')}.`;
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

export type ErrorCode = (typeof ERROR_CODES)[number];

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}
