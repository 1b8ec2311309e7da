import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAttune, type StartedAttune } from './attune.ts';
import type { NatsServer } from './nats-server.ts';

/** Starts runners, judges and the like as processes of their own on a test's NATS server; all end with the scope, which fails if one of them had crashed. */
export function openFleet(server: NatsServer, env: Record<string, string> = {}): Fleet {
  const members: { name: string; process: StartedAttune; killed: boolean }[] = [];
  const fleet: Fleet = {
    async start(role, ...args) {
      const process = startAttune(['serve', role, '--bus', server.url, ...args], { env });
      const member = { name: role, process, killed: false };
      members.push(member);
      for (const until = Date.now() + 60_000; !process.out.stderr.includes('"Serving."'); await sleep(20)) {
        if (Date.now() > until || process.child.exitCode !== null) throw new Error(`${role} did not start: ${process.out.stderr}`);
      }
      return {
        process,
        async kill(signal = 'SIGKILL') {
          member.killed = true;
          process.child.kill(signal);
          await process.done;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      for (const { process } of members) process.child.kill('SIGTERM');
      const ended = await Promise.all(members.map(async ({ name, killed, process }) => ({ name, killed, ...(await process.done) })));
      const crashed = ended.filter(({ killed, code }) => !killed && code !== 0);
      if (crashed.length > 0) throw new Error(crashed.map(({ name, code, signal, stderr }) => `${name} ended with ${code ?? signal}: ${stderr.slice(-2_000)}`).join('\n'));
    },
  };
  return fleet;
}

/** Lines of a run's file so far. */
export function recorded(run: string, file: 'sessions.ndjson' | 'verdicts.ndjson' | 'events.ndjson' = 'sessions.ndjson'): number {
  const path = join(run, file);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

export interface Fleet extends AsyncDisposable {
  /** Starts a part and waits until it serves. */
  start(role: 'runner' | 'judge' | 'recorder', ...args: string[]): Promise<Member>;
}

export interface Member {
  process: StartedAttune;
  kill(signal?: NodeJS.Signals): Promise<void>;
}
