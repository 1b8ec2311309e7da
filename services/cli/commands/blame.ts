import { Command } from 'commander';
import { explainTurn, renderEvidence, type TurnName } from '../../report/service.ts';
import { findRun } from '../find-run.ts';
import { wholeNumber } from '../whole-number.ts';

/** `attune blame`: why one agent turn of a run violated what it did. */
export function blameCommand(): Command {
  return new Command('blame')
    .description('Show why a reply did not follow a preference that applied: what was stated, extracted, retrieved and in the prompt, and what judge, rule and user said.')
    .argument('<run>', "the run's folder, or its id under runs/")
    .requiredOption('--profile <id>', 'the user id of the profile')
    .requiredOption('--session <number>', 'the session, from 0', wholeNumber)
    .requiredOption('--turn <number>', 'the agent turn in the session, from 0', wholeNumber)
    .option('--method <name>', 'one method; without it every method that has this turn')
    .option('--json', 'print one JSON array instead of text')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', '\nExample:\n  attune blame runs/20260314-092653-589-quickstart --profile user_7b1a808f --session 4 --turn 1 --method rag')
    .action(blame);
}

async function blame(run: string, { profile, method, session, turn, json }: Omit<TurnName, 'userId'> & { profile: string; json?: boolean }): Promise<void> {
  const explained = await explainTurn(findRun(run), { method, userId: profile, session, turn });
  process.stdout.write(json ? `${JSON.stringify(explained)}\n` : explained.map(renderEvidence).join('\n'));
}
