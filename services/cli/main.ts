import { createProgram } from './program.ts';
import { exitCodeOf, explain } from './explain.ts';
import { endWithInput, TIED } from './tied.ts';

/** The `attune` command: 0 done, 1 the work failed, 2 wrong use, 130 stopped by Ctrl-C. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endWithReader);
  const tied = argv[2] === TIED;
  if (tied) endWithInput();
  try {
    const words = tied ? argv.toSpliced(2, 1) : argv;
    const program = await createProgram(words[2]);
    await program.parseAsync(words);
  } catch (error) {
    const text = explain(error, argv.includes('--debug'));
    if (text !== '') process.stderr.write(`${text}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

/** A reader that has seen enough, as in `attune datasets list | head`, is no failure; what else goes wrong with the output is. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
