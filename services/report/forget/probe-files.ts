import { createReadStream } from 'node:fs';
import { relative, sep } from 'node:path';
import type { TextFinder } from '../../platform/text-finder.ts';
import { filesUnder } from './files.ts';

/** Searches the raw bytes of every file under a folder, databases and their logs included, and tells which files hold one of the texts. What is compressed is not seen. */
export async function probeFolder(folder: string, finder: TextFinder): Promise<Probed> {
  const files = await filesUnder(folder);
  const residues: Residue[] = [];
  let bytes = 0;
  for (const file of files) {
    const found = new Set<string>();
    let tail = Buffer.alloc(0);
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      const block = Buffer.concat([tail, chunk]);
      for (const text of finder.find(block)) found.add(text);
      tail = block.subarray(Math.max(0, block.length - OVERLAP));
    }
    if (found.size > 0) residues.push({ file: relative(folder, file).split(sep).join('/'), texts: found.size });
  }
  return { files: files.length, bytes, residues };
}

const CHUNK = 4 * 1024 * 1024;
/** Longer than any piece of text in any writing. */
const OVERLAP = 4 * 1024;

export interface Probed {
  files: number;
  bytes: number;
  residues: Residue[];
}

export interface Residue {
  file: string;
  /** Different pieces of text found. */
  texts: number;
}
