import { Command } from 'commander';
import { packageVersion } from '../all-in-one/service.ts';
import { compareCommand } from './commands/compare.ts';
import { blameCommand } from './commands/blame.ts';
import { adapterCommand } from './commands/adapter.ts';
import { conformanceCommand } from './commands/conformance.ts';
import { datasetsCommand } from './commands/datasets.ts';
import { doctorCommand } from './commands/doctor.ts';
import { judgeCommand } from './commands/judge.ts';
import { forgetCommand } from './commands/forget.ts';
import { planCommand } from './commands/plan.ts';
import { preferencesCommand } from './commands/preferences.ts';
import { probesCommand } from './commands/probes.ts';
import { profilesCommand } from './commands/profiles.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { runsCommand } from './commands/runs.ts';
import { serveCommand } from './commands/serve.ts';
import { simulatorCommand } from './commands/simulator.ts';
import { upCommand } from './commands/up.ts';

/** The command line with all its commands. Errors are thrown, never exited on. */
export function createProgram(): Command {
  const program = new Command('attune')
    .description("Measures how well LLM agents learn a person's preferences over many sessions.")
    .version(packageVersion())
    .showHelpAfterError('(attune --help lists the commands and their options)');
  for (const command of [
    runCommand(),
    runsCommand(),
    planCommand(),
    reportCommand(),
    compareCommand(),
    blameCommand(),
    forgetCommand(),
    adapterCommand(),
    serveCommand(),
    upCommand(),
    doctorCommand(),
    profilesCommand(),
    datasetsCommand(),
    probesCommand(),
    simulatorCommand(),
    judgeCommand(),
    preferencesCommand(),
    conformanceCommand(),
  ]) {
    program.addCommand(command);
  }
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) command.exitOverride();
  return program;
}
