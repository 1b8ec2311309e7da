import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { describeFileError } from '../../platform/files.ts';

/**
 * Where the lines of a file begin, so that a line can be read again by its number without keeping any text. A last line without a line end
 * is not among them: it is being written, or was cut off. A missing file has no lines.
 */
export async function indexLines(file: string): Promise<LineIndex> {
  const starts = createNumberList();
  starts.push(0);
  let position = 0;
  let longest = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, end + 1)) {
        const start = position + end + 1;
        longest = Math.max(longest, start - starts.last());
        starts.push(start);
      }
      position += chunk.length;
    }
  } catch (cause) {
    const error = describeFileError(`Cannot read ${file}`, cause);
    if (error.code !== 'not_found') throw error;
    return { file, exists: false, lines: 0, torn: false, longest: 0, starts: starts.take() };
  }
  const torn = position > starts.last();
  return { file, exists: true, lines: starts.length - 1, torn, longest: Math.max(longest, position - starts.last()), starts: starts.take() };
}

/** Reads single lines by their number from 0. Synchronous: a line is a few kilobytes that the system mostly has in memory. */
export function openLines({ file, starts }: LineIndex): LineReader {
  const handle = openSync(file, 'r');
  let buffer = Buffer.alloc(64 * 1024);
  return {
    read(line) {
      const start = starts[line]!;
      const length = starts[line + 1]! - start - 1;
      if (length > buffer.length) buffer = Buffer.alloc(2 * length);
      let filled = 0;
      while (filled < length) {
        const got = readSync(handle, buffer, filled, length - filled, start + filled);
        if (got === 0) break;
        filled += got;
      }
      return buffer.toString('utf8', 0, filled);
    },
    close: () => closeSync(handle),
  };
}

const NEWLINE = 0x0a;
const CHUNK = 1024 * 1024;

/** A growing list of numbers, eight bytes each. */
function createNumberList() {
  let values = new Float64Array(1024);
  let length = 0;
  return {
    push(value: number) {
      if (length === values.length) {
        const larger = new Float64Array(2 * length);
        larger.set(values);
        values = larger;
      }
      values[length] = value;
      length += 1;
    },
    last: () => values[length - 1]!,
    take: () => values.slice(0, length),
    get length() {
      return length;
    },
  };
}

export interface LineIndex {
  readonly file: string;
  readonly exists: boolean;
  /** Whole lines. */
  readonly lines: number;
  /** Whether text follows the last line end. */
  readonly torn: boolean;
  /** Bytes of the longest line, its end included. */
  readonly longest: number;
  /** First byte of every line, and the end of the last. */
  readonly starts: Float64Array;
}

export interface LineReader {
  read(line: number): string;
  close(): void;
}
