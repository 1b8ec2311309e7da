/** ApiError ends a request with an HTTP status and the error body that OpenAI-compatible servers send. */
export class ApiError extends Error {
  readonly status: number;
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, options: { param?: string; headers?: Record<string, string> } = {}) {
    super(message);
    this.status = status;
    this.param = options.param ?? null;
    this.headers = options.headers ?? {};
  }

  body(): string {
    const error = { message: this.message, type: TYPES[this.status] ?? 'InternalServerError', param: this.param, code: this.status };
    return JSON.stringify({ error });
  }
}

const TYPES: Record<number, string> = {
  400: 'BadRequestError',
  401: 'AuthenticationError',
  404: 'NotFoundError',
  405: 'MethodNotAllowedError',
  413: 'RequestEntityTooLargeError',
  429: 'RateLimitError',
  500: 'InternalServerError',
};
