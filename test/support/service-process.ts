import { startAttune, type StartedAttune } from './attune.ts';

/** Starts a service in a process of its own, as `attune serve` does, and waits until it says where it listens. */
export async function startService(args: readonly string[], env: Record<string, string>): Promise<ServiceProcess> {
  let running = await begin(args, env, 0);
  const { address } = running;
  const port = Number(address.split(':').at(-1));
  return {
    address,
    get stderr() {
      return running.service.out.stderr;
    },
    async kill() {
      running.service.child.kill('SIGKILL');
      await running.service.done;
    },
    async start() {
      running = await begin(args, env, port);
    },
    async stop() {
      running.service.child.kill('SIGTERM');
      return (await running.service.done).code;
    },
  };
}

async function begin(args: readonly string[], env: Record<string, string>, port: number): Promise<{ service: StartedAttune; address: string }> {
  const service = startAttune(['serve', ...args, '--port', String(port)], { env });
  for (const until = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 10))) {
    const found = /"(?:address|url)":"(?:http:\/\/)?([\d.]+:\d+)/.exec(service.out.stderr);
    if (found) return { service, address: found[1]! };
    if (Date.now() <= until && service.child.exitCode === null) continue;
    service.child.kill('SIGKILL');
    throw new Error(`${args[0]} did not start: ${service.out.stderr}`);
  }
}

export interface ServiceProcess {
  readonly address: string;
  /** What the present process wrote on standard error. */
  readonly stderr: string;
  /** SIGKILL: as a machine that loses power; returns when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** SIGTERM; returns the exit code. */
  stop(): Promise<number | null>;
}
