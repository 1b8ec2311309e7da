import { Command } from 'commander';
import { relative } from 'node:path';
import { forgetUser } from '../../all-in-one/service.ts';
import type { ForgetReceipt } from '../../all-in-one/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { BUS_OPTION, openBus } from '../bus.ts';
import { environment } from '../config.ts';
import { findRun } from '../find-run.ts';
import { createPlainLog } from '../plain-log.ts';

/** `attune forget`: takes a user out of a run, wherever the run's data lies, and can look afterwards whether anything is left. */
export function forgetCommand(): Command {
  return new Command('forget')
    .description('Remove a user from a run: memories, caches, queues, records and report. The keys of the sessions stay.')
    .argument('<run>', 'the folder of a run that nobody works on, or its id under runs/')
    .requiredOption('--user <id>', 'who is to be forgotten')
    .option(...BUS_OPTION)
    .option('--verify', "search every place for the user's own texts afterwards, also as raw bytes; exit 1 when one is found")
    .option('--whole-cache', 'remove every answer of the response cache, not only those in which texts of the user stand')
    .option('--jetstream-store <folder>', "the NATS server's folder on this machine, to be searched too")
    .option('--json', 'print one JSON object instead of the receipt')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', '\nExamples:\n  attune forget runs/20260314-092653-589-quickstart --user u-003 --verify\n  attune forget runs/shared --user u-003 --bus nats://localhost:4222 --verify')
    .action(forget);
}

async function forget(run: string, flags: Flags): Promise<void> {
  const dir = findRun(run);
  const log = createPlainLog({ debug: flags.debug ?? false });
  const address = flags.bus ?? environment()['ATTUNE_BUS'] ?? '';
  const nats = address === '' ? null : await openBus(address, { log, name: 'forget' });
  try {
    const receipt = await forgetUser(dir, flags.user, { secrets: environment(), log, nats, verify: flags.verify ?? false, wholeCache: flags.wholeCache ?? false, jetstreamStore: flags.jetstreamStore });
    process.stdout.write(flags.json ? `${JSON.stringify(receipt)}\n` : textOf(receipt, dir));
    const problem = problemOf(receipt);
    if (problem !== null) throw new AttuneError('data_loss', problem);
  } finally {
    await nats?.close();
  }
}

function textOf({ runId, userId, texts, places, checked, othersUnchanged, notReached }: ForgetReceipt, dir: string): string {
  const width = Math.max(...[...places, ...(checked ?? [])].map(({ place }) => place.length));
  const lines = [`${userId} of ${runId} (${relative('.', dir) || '.'}) is forgotten.`, '', 'Removed'];
  for (const { place, where, removed } of places) lines.push(`  ${place.padEnd(width)}  ${removed} (${where})`);
  if (checked) {
    lines.push('', `Searched for ${texts} pieces of text that were this user's alone`);
    for (const { place, searched, residues } of checked) {
      lines.push(`  ${place.padEnd(width)}  ${residues.length === 0 ? 'clean' : `FOUND in ${residues.length}`} (${searched})`);
      for (const residue of residues.slice(0, 10)) lines.push(`  ${''.padEnd(width)}    ${residue}`);
    }
  }
  if (othersUnchanged) lines.push('', `Other users: records ${unchanged(othersUnchanged.records)}, memories ${unchanged(othersUnchanged.memories)} (SHA-256 before and after)`);
  lines.push('', 'Not reached', ...notReached.map((hint) => `  ${hint}`));
  return `${lines.join('\n')}\n`;
}

function unchanged(same: boolean): string {
  return same ? 'unchanged' : 'CHANGED';
}

function problemOf({ checked, othersUnchanged, userId }: ForgetReceipt): string | null {
  const left = (checked ?? []).filter(({ residues }) => residues.length > 0).map(({ place }) => place);
  if (left.length > 0) return `Something of ${userId} is left in: ${left.join(', ')}; the receipt names the files. Stop what still writes there, remove what it names, and try again.`;
  if (othersUnchanged && !(othersUnchanged.records && othersUnchanged.memories)) return `The data of other users changed while ${userId} was forgotten; make sure that nobody works on the run or its services, and compare with a copy.`;
  return null;
}

interface Flags {
  user: string;
  bus?: string;
  verify?: boolean;
  wholeCache?: boolean;
  jetstreamStore?: string;
  json?: boolean;
  debug?: boolean;
}
