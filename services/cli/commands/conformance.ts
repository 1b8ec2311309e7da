import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { examinationTable, examine, failedChecks } from '../../conformance/index.ts';
import { MethodAgentDefinition } from '../../gen/attune/agent/v1/agent.ts';
import { AttuneError } from '../../platform/errors.ts';
import { connect } from '../../platform/rpc.ts';
import { environment } from '../config.ts';
import { untilInterrupted } from '../interrupt.ts';
import { restartBy } from '../restart.ts';
import { ACCESS_OPTIONS, serverAccess, type AccessFlags } from '../server-access.ts';
import { wholeNumber } from '../whole-number.ts';

/** `attune conformance`: whether a method that somebody serves may enter a run. */
export function conformanceCommand(): Command {
  const command = new Command('conformance')
    .description('Check that a server of attune.agent.v1.MethodAgent keeps the contract: memory, rewinding, users apart, forgetting, cancelling; exit code 1 when a check fails.')
    .requiredOption('--target <host:port>', 'the server')
    .option('--method <name>', 'only this one of its methods')
    .option('--deadline-ms <n>', 'longest wait for one call', wholeNumber, 60_000)
    .option('--models-vary', 'the models behind it do not answer the same request the same way: leave out what compares replies')
    .option('--restart-command <cmd>', 'a shell command that stops the server and starts it again, and returns when the old one is gone')
    .option('--json', 'print one JSON object instead of the table')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', EXAMPLES)
    .action(conformance);
  for (const [flag, meaning] of ACCESS_OPTIONS) command.option(flag, meaning);
  return command;
}

const EXAMPLES = `
Examples:
  attune conformance --target localhost:50060
  attune conformance --target my-host:50060 --method mine --restart-command "docker restart mine"
  MINE_TOKEN=... attune conformance --target my-host:50060 --token-env MINE_TOKEN --ca authority.pem`;

async function conformance(flags: ConformanceFlags): Promise<void> {
  const { target, method, deadlineMs, restartCommand } = flags;
  if (deadlineMs < 1) throw new AttuneError('invalid_argument', '--deadline-ms should be at least 1 millisecond.');
  const connection = connect(MethodAgentDefinition, target, { deadlineMs, ...serverAccess(flags, environment()) });
  try {
    await untilInterrupted(async (signal) => {
      const { client } = connection;
      const nonce = randomBytes(6).toString('hex');
      const restart = restartCommand === undefined ? undefined : () => restartBy(restartCommand, () => client.describe({}, { signal, deadline: 1_000 }), signal);
      const examinations = await examine({
        client, deadlineMs, nonce, signal,
        modelsVary: flags.modelsVary ?? false,
        ...(method !== undefined && { method }),
        ...(restart && { restart }),
        onResult: ({ check }) => showProgress(check),
      }).finally(hideProgress);
      process.stdout.write(flags.json ? `${JSON.stringify({ target, methods: examinations })}\n` : `${examinations.map(examinationTable).join('\n\n')}\n`);
      const failed = failedChecks(examinations);
      if (failed.length > 0) throw new AttuneError('failed_precondition', `${failed.length} ${failed.length === 1 ? 'check' : 'checks'} failed: ${failed.map((f) => `${f.method} ${f.check}`).join(', ')}.`);
    });
  } finally {
    await connection.close();
  }
}

/** The check that was made last, on a terminal; nothing where standard error is a file. */
function showProgress(check: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${check}`);
}

function hideProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

interface ConformanceFlags extends AccessFlags {
  target: string;
  method?: string;
  deadlineMs: number;
  modelsVary?: boolean;
  restartCommand?: string;
  json?: boolean;
  debug?: boolean;
}
