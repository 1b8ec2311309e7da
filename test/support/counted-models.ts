import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { problemBank } from '../../services/catalogue/index.ts';
import { createModelSim } from '../../services/model-sim/service.ts';

/** The simulated model server behind a door at which calls are counted: how many there were, and how many whose answer may not have reached whoever asked. */
export async function startCountedModels(options: { ttftMs: number; seed: number }): Promise<CountedModels> {
  const sim = createModelSim({ seed: options.seed, knowledge: problemBank(), models: ['sim-large', 'sim-embedding', 'sim-reranker'], latency: { ttftMs: options.ttftMs, perTokenMs: 0 } });
  const { port } = await sim.listen();
  let calls = 0;
  let lost = 0;
  let answered: number[] = [];
  const inFlight = new Set<object>();
  const door = createServer((asked, answer) => {
    const isCall = asked.method === 'POST';
    const call = {};
    if (isCall) {
      calls += 1;
      inFlight.add(call);
    }
    const forward = request({ port, host: '127.0.0.1', method: asked.method, path: asked.url, headers: asked.headers }, (from) => {
      answer.writeHead(from.statusCode!, from.headers);
      from.pipe(answer);
    });
    forward.on('error', () => answer.destroy());
    asked.pipe(forward);
    answer.on('close', () => {
      forward.destroy();
      if (!isCall || !inFlight.delete(call)) return;
      if (answer.writableFinished) answered.push(performance.now());
      else lost += 1;
      const longAgo = performance.now() - 10_000;
      if (answered.length > 1_000) answered = answered.filter((at) => at > longAgo);
    });
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}/v1`;
  return {
    url,
    calls: () => calls,
    noteKill() {
      // An answer that has just left may not have been written down by whoever asked.
      const justNow = performance.now() - JUST_NOW_MS;
      lost += answered.filter((at) => at > justNow).length;
      answered = [];
    },
    lost: () => lost,
    reset() {
      calls = lost = 0;
      answered = [];
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        door.close(resolve);
        door.closeAllConnections();
      });
      await sim.close();
    },
  };
}

const JUST_NOW_MS = 500;

export interface CountedModels extends AsyncDisposable {
  readonly url: string;
  /** Model calls since the last reset. */
  calls(): number;
  /** Something is killed now. */
  noteKill(): void;
  /** Calls that their askers left before the answer, and those answered just before a kill. */
  lost(): number;
  reset(): void;
}
