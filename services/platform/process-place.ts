import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Where this process's id means something: the boot of the machine and the namespace of process ids. Two processes of one place can see of each other whether they
 * are there. Empty where the system does not tell.
 */
export function processPlace(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/** When a process of this place started, in the kernel's clock ticks; empty when there is none, or where the system does not tell. */
export function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in brackets and may hold spaces; the start time is the 20th field after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
