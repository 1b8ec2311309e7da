import { readFileSync } from 'node:fs';
import { Command } from 'commander';

/** Commands in the order of the help. Each is loaded only when it is asked for: all of them together bring half of the code with them. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./commands/run.ts')).runCommand(),
  runs: async () => (await import('./commands/runs.ts')).runsCommand(),
  plan: async () => (await import('./commands/plan.ts')).planCommand(),
  report: async () => (await import('./commands/report.ts')).reportCommand(),
  compare: async () => (await import('./commands/compare.ts')).compareCommand(),
  blame: async () => (await import('./commands/blame.ts')).blameCommand(),
  forget: async () => (await import('./commands/forget.ts')).forgetCommand(),
  adapter: async () => (await import('./commands/adapter.ts')).adapterCommand(),
  serve: async () => (await import('./commands/serve.ts')).serveCommand(),
  up: async () => (await import('./commands/up.ts')).upCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  profiles: async () => (await import('./commands/profiles.ts')).profilesCommand(),
  datasets: async () => (await import('./commands/datasets.ts')).datasetsCommand(),
  probes: async () => (await import('./commands/probes.ts')).probesCommand(),
  simulator: async () => (await import('./commands/simulator.ts')).simulatorCommand(),
  judge: async () => (await import('./commands/judge.ts')).judgeCommand(),
  preferences: async () => (await import('./commands/preferences.ts')).preferencesCommand(),
  conformance: async () => (await import('./commands/conformance.ts')).conformanceCommand(),
};

/** The command line, with the command that `asked` names or, when it names none, with all of them. Errors are thrown, never exited on. */
export async function createProgram(asked: string | undefined): Promise<Command> {
  const program = new Command('attune')
    .description("Measures how well LLM agents learn a person's preferences over many sessions.")
    .version(version())
    .showHelpAfterError('(attune --help lists the commands and their options)');
  const named = asked !== undefined && Object.hasOwn(COMMANDS, asked) ? [COMMANDS[asked]!] : asked === '--version' || asked === '-V' ? [] : Object.values(COMMANDS);
  for (const load of named) program.addCommand(await load());
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) command.exitOverride();
  return program;
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
