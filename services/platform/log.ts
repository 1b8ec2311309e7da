import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { AttuneError } from './errors.ts';

/**
 * A JSON-lines logger, to standard error unless a destination is given: standard output belongs to results that other programs read.
 * Keys that carry secrets are replaced by "[redacted]" down to three levels. Bind what a line is about with
 * `log.child({ runId, method, userId, session })`.
 */
export function createLogger(options: LoggerOptions): Logger {
  const level = options.level ?? 'info';
  if (!LOG_LEVELS.includes(level)) {
    throw new AttuneError('invalid_argument', `The log level should be one of ${LOG_LEVELS.join(', ')}; found ${JSON.stringify(level)}.`);
  }
  return pino(
    {
      name: options.name,
      level,
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: pino.stdSerializers.errWithCause },
    },
    options.destination ?? pino.destination({ fd: 2, sync: true }),
  );
}

/** Levels from the most to the least talkative; "silent" turns a logger off. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const SECRET_KEYS = ['authorization', 'Authorization', 'apiKey', 'api_key', 'password', 'token'];
const REDACTED_PATHS = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]);

export type LogLevel = (typeof LOG_LEVELS)[number];
export type Logger = PinoLogger;

export interface LoggerOptions {
  /** Which part speaks, e.g. "judge". */
  readonly name: string;
  /** Lines below this level are dropped; default "info". */
  readonly level?: LogLevel;
  /** Where the lines go; default standard error, written at once. */
  readonly destination?: DestinationStream;
}
