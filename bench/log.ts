/**
 * What group commit buys the recorder. Run: npm run bench -- log [--quick] [--rounds n]
 *
 * Both append records of 962 bytes to a file on this disk and count one when it is synced. Reference: write and fdatasync for each record, synchronously, one after
 * the other. Platform: 64 writers of one append log, each of which waits for its line before it appends the next; then one writer alone. They alternate; a ratio is
 * the median of the rounds' ratios.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openAppendLog } from '../services/platform/append-log.ts';
import { inFlight, median, spread } from './queue/measure.ts';

const GOAL = 15;
const WRITERS = 64;
const LINE = 'x'.repeat(961);

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string' }, dir: { type: 'string', default: tmpdir() } } });
const rounds = Number(flags.rounds ?? (flags.quick ? 3 : 7));
const folder = mkdtempSync(join(flags.dir, 'attune-log-'));
try {
  const rates: { each: number; group: number; alone: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const each = syncEach(join(folder, `each-${round}`), 2_000);
    const log = await openAppendLog(join(folder, `group-${round}`));
    const group = await inFlight(WRITERS, flags.quick ? 20_000 : 60_000, () => log.append(LINE));
    const alone = await inFlight(1, 1_000, () => log.append(LINE));
    await log.close();
    if (round > 0) rates.push({ each, group, alone });
  }
  const ratios = rates.map(({ each, group }) => group / each);
  const print = (line: string) => process.stdout.write(`${line}\n`);
  print(`Records of ${LINE.length + 1} bytes in ${folder}; median of ${rounds} rounds (lowest to highest), records/s`);
  print(`write + fdatasync each    ${spread(rates.map((r) => r.each))}`);
  print(`append log, ${WRITERS} writers   ${spread(rates.map((r) => r.group))}`);
  print(`append log, 1 writer      ${spread(rates.map((r) => r.alone))}`);
  print(`ratio ${WRITERS} writers / each   ${spread(ratios, 1)}   goal ${GOAL}: ${median(ratios) >= GOAL ? 'met' : 'MISSED'}`);
} finally {
  rmSync(folder, { recursive: true });
}

function syncEach(file: string, count: number): number {
  const fd = openSync(file, 'a');
  const bytes = Buffer.from(`${LINE}\n`);
  const startedAt = performance.now();
  for (let index = 0; index < count; index += 1) {
    writeSync(fd, bytes);
    fdatasyncSync(fd);
  }
  closeSync(fd);
  return (1_000 * count) / (performance.now() - startedAt);
}
