import { createProgram } from './program.ts';
import { exitCodeOf, explain } from './explain.ts';

/** The `attune` command: 0 done, 1 the work failed, 2 wrong use, 130 stopped by Ctrl-C. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    const text = explain(error, argv.includes('--debug'));
    if (text !== '') process.stderr.write(`${text}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
