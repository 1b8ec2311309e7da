import { createLogger, type Logger } from './log.ts';

/** For tests: a logger that keeps its lines as objects. */
export function memoryLog(): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({ name: 'test', destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) } });
  return { log, lines };
}
