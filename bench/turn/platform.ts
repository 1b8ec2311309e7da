import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runExperiment } from '../../services/all-in-one/service.ts';
import { parseExperiment } from '../../services/orchestrator/service.ts';
import { createLogger } from '../../services/platform/log.ts';
import { MODEL, TURNS } from './plan.ts';
import type { Measured } from './plan.ts';

/**
 * What `attune run` does with as many users as sessions: direct calls, the recorder on a temporary run folder, the judge queue. Measured from
 * the moment when the run is laid out to the fact that it ended, so process start, checks of the endpoint and the report are left out.
 */
export async function runPlatform(origin: string, sessions: number): Promise<Measured> {
  const dir = await mkdtemp(join(tmpdir(), 'attune-bench-'));
  try {
    const mock = { url: `${origin}/v1`, model: MODEL };
    const experiment = parseExperiment(
      {
        methods: ['vanilla'],
        profiles: { limit: sessions },
        sessions: 1,
        maxTurns: TURNS,
        concurrency: sessions,
        // The mock fails its anchors, as it answers all alike.
        judge: { anchors: 'off' },
        // Nothing may hold back a call but the platform's own work; embedding and reranker are never called but would start the simulated server.
        models: { ...mock, maxConcurrency: 1_024, roles: { embedding: mock, reranker: mock } },
      },
      'the benchmark',
    );
    let measured: Measured | undefined;
    const result = await runExperiment(
      { experiment, out: join(dir, 'run') },
      {
        secrets: {},
        wire: false,
        log: createLogger({ name: 'bench', level: 'warn' }),
        signal: new AbortController().signal,
        onStart({ bus }) {
          const cpu = process.cpuUsage();
          bus.subscribe({ name: 'bench', facts: ['runEnded'], mode: 'queue' }, async ({ fact }) => {
            const { user, system } = process.cpuUsage(cpu);
            if (fact?.$case === 'runEnded') measured = { wallSeconds: fact.value.wallMs / 1_000, cpuMs: (user + system) / 1_000 };
          });
        },
      },
    );
    if (result.failed.count > 0 || result.unjudged > 0) {
      throw new Error(`Expected ${sessions} sessions without a failure, found ${result.failed.count} failed (${result.failed.first}) and ${result.unjudged} verdicts missing.`);
    }
    if (!measured) throw new Error('The run published no end.');
    return measured;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
