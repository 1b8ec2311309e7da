import { createLogger } from '../platform/log.ts';
import type { Logger } from '../platform/log.ts';

/**
 * The log of a command that a person watches: warnings and errors as plain sentences, each once; with
 * `debug` every line as JSON.
 */
export function createPlainLog(options: { debug: boolean }): Logger {
  if (options.debug) return createLogger({ name: 'attune', level: 'debug' });
  const said = new Set<string>();
  return createLogger({
    name: 'attune',
    level: 'warn',
    destination: {
      write(line: string) {
        const { level, msg, problem, endpoint } = JSON.parse(line) as LogLine;
        const text = [`${level}:`, endpoint && `${endpoint}:`, msg, problem && `(${problem})`].filter(Boolean).join(' ');
        if (!said.has(text)) process.stderr.write(`${text}\n`);
        said.add(text);
      },
    },
  });
}

interface LogLine {
  level: string;
  msg: string;
  problem?: string;
  endpoint?: string;
}
