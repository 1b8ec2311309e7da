import type { Command } from 'commander';
import { vi } from 'vitest';

/** Runs one command of the command line in this process and gives what it printed; it throws what the command throws. */
export async function printedBy(command: Command, args: readonly string[]): Promise<string> {
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  try {
    await command.parseAsync(args, { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return printed;
}
