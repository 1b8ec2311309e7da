import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AttuneError } from './errors.ts';
import { describeFileError, syncFolder } from './files.ts';

/**
 * Opens an append-only file of lines (made if missing) for one writer. An append resolves once its line is synced to disk.
 *
 * Lines are written in groups: while one group is being written and synced, the next gathers. That costs a lone writer no waiting and
 * gives many writers one sync for all of them. A write that fails rejects every waiting append and breaks the log for good, since nobody can
 * tell how much of the group is on the disk; open it again to go on.
 *
 * A last line without a line end was cut off by a kill and was never acknowledged: opening removes it and reports its length.
 */
export async function openAppendLog(path: string): Promise<AppendLog> {
  const handle = await open(path, 'a+').catch((cause: unknown) => {
    throw describeFileError(`Cannot open ${path}`, cause);
  });
  let cutBytes: number;
  try {
    cutBytes = await cutTornLine(handle);
    await syncFolder(dirname(path));
  } catch (cause) {
    await handle.close();
    throw describeFileError(`Cannot open ${path}`, cause);
  }
  return createAppendLog(path, handle, cutBytes);
}

/**
 * Reads a file of lines, however big, one at a time. Only "\n" ends a line, as in the log itself. What follows the last "\n" is being
 * written or was cut off, and is left out unless `tail` is "keep" (for files that people edit).
 */
export async function* readLines(path: string, options: { tail?: 'skip' | 'keep' } = {}): AsyncGenerator<NumberedLine> {
  let number = 0;
  let pieces: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        pieces.push(chunk.subarray(start, end));
        number += 1;
        yield { line: Buffer.concat(pieces).toString('utf8'), number };
        pieces = [];
        start = end + 1;
      }
      if (start < chunk.length) pieces.push(chunk.subarray(start));
    }
  } catch (cause) {
    throw describeFileError(`Cannot read ${path}`, cause);
  }
  if (options.tail === 'keep' && pieces.length > 0) yield { line: Buffer.concat(pieces).toString('utf8'), number: number + 1 };
}

const NEWLINE = 0x0a;
/** Bytes after which a group is closed, so that a burst neither doubles in memory nor makes the first lines wait for the last. */
const MAX_GROUP_BYTES = 4 * 1024 * 1024;

function createAppendLog(path: string, handle: FileHandle, cutBytes: number): AppendLog {
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | undefined;
  let broken: AttuneError | undefined;
  let closing: Promise<void> | undefined;

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const group = takeGroup();
      try {
        await handle.appendFile(Buffer.concat(group.map(({ bytes }) => bytes)));
        await handle.datasync();
      } catch (cause) {
        broken = describeFileError(`Cannot write ${path}`, cause);
        for (const { reject } of [...group, ...waiting]) reject(broken);
        waiting = [];
        break;
      }
      for (const { resolve } of group) resolve();
    }
    // In the same step as the last look at the queue: a writer who appends on being acknowledged must find no flush that has looked already.
    flushing = undefined;
  }

  function takeGroup(): Waiting[] {
    let size = 0;
    let count = 0;
    while (count < waiting.length && (count === 0 || size + waiting[count]!.bytes.length <= MAX_GROUP_BYTES)) {
      size += waiting[count]!.bytes.length;
      count += 1;
    }
    return waiting.splice(0, count);
  }

  return {
    cutBytes,
    append(line) {
      if (broken) return Promise.reject(broken);
      if (closing) return Promise.reject(new AttuneError('failed_precondition', `${path} is closed; nothing can be appended.`));
      if (line.includes('\n')) {
        return Promise.reject(new AttuneError('invalid_argument', `A line for ${path} should have no line end inside; write JSON without indentation.`));
      }
      return new Promise((resolve, reject) => {
        waiting.push({ bytes: Buffer.from(`${line}\n`, 'utf8'), resolve, reject });
        flushing ??= flush();
      });
    },
    close() {
      closing ??= (flushing ?? Promise.resolve()).then(() => handle.close());
      return closing;
    },
  };
}

/** Cuts what follows the last line end and says how many bytes that were; reads backwards, so that a big file opens at once. */
async function cutTornLine(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const buffer = Buffer.alloc(64 * 1024);
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - buffer.length);
    const { bytesRead } = await handle.read(buffer, 0, end - start, start);
    const newline = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (newline !== -1) {
      end = start + newline + 1;
      break;
    }
    end = start;
  }
  if (end < size) {
    await handle.truncate(end);
    await handle.datasync();
  }
  return size - end;
}

export interface AppendLog {
  /** Bytes of an unfinished last line that opening removed; 0 after a clean end. */
  readonly cutBytes: number;
  /**
   * Resolves once the line is on the disk; lines stand in the order of the calls. Rejects with `invalid_argument` for a line with a line end
   * inside, with `failed_precondition` after close, and with the cause of the first failure once the log is broken.
   */
  append(line: string): Promise<void>;
  /** Writes what waits, then closes the file; closing twice is allowed. */
  close(): Promise<void>;
}

export interface NumberedLine {
  /** The text without its line end. */
  readonly line: string;
  /** Counted from 1. */
  readonly number: number;
}

interface Waiting {
  readonly bytes: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: AttuneError) => void;
}
