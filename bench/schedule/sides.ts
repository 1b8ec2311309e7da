import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNetwork, openModels, runExperiment } from '../../services/all-in-one/service.ts';
import { judgeStages } from '../../services/orchestrator/judge-sessions.ts';
import { playTrajectory } from '../../services/orchestrator/play-trajectory.ts';
import { parseExperiment, planRun, readInputs } from '../../services/orchestrator/service.ts';
import type { Experiment } from '../../services/orchestrator/service.ts';
import type { RoleAccount } from '../../services/gen/attune/event/v1/event.ts';
import type { SessionRecord } from '../../services/gen/attune/record/v1/record.ts';
import { createLogger } from '../../services/platform/log.ts';
import { MODEL } from './mock.ts';

/** Users with notes, all roles on one endpoint that takes `cap` calls. */
export function experimentFor(origin: string, { users, sessions, cap }: Size): Experiment {
  const mock = { url: `${origin}/v1`, model: MODEL };
  return parseExperiment(
    {
      methods: ['reflection'],
      profiles: { limit: users },
      sessions,
      maxTurns: 10,
      concurrency: users,
      probes: { rate: 0 },
      // It fails its anchors, as it answers all alike.
      judge: { anchors: 'off' },
      // Embedding and reranker are never called but would start the simulated server.
      models: { ...mock, maxConcurrency: cap, deadlineMs: 600_000, roles: { embedding: mock, reranker: mock } },
    },
    'the benchmark',
  );
}

/** `attune run`, recorder included, from the plan to the last verdict. */
export async function runPlatform(experiment: Experiment): Promise<Outcome> {
  const dir = await mkdtemp(join(tmpdir(), 'attune-bench-'));
  const chains = new Map<string, number>();
  let wallMs = 0;
  let seenMs = 0;
  try {
    const result = await runExperiment(
      { experiment, out: join(dir, 'run') },
      {
        secrets: {},
        wire: false,
        log,
        report: false,
        signal: open,
        onStart({ bus }) {
          bus.subscribe({ name: 'bench', facts: ['sessionEnded', 'runEnded'], mode: 'queue' }, async ({ fact }) => {
            if (fact?.$case === 'runEnded') [wallMs, seenMs] = [fact.value.wallMs, sumOf(fact.value.accounts)];
            if (fact?.$case !== 'sessionEnded') return;
            const { record, usage } = fact.value;
            chains.set(record!.userId, (chains.get(record!.userId) ?? 0) + usage.reduce((sum, { latencyMs = 0 }) => sum + latencyMs, 0));
          });
        },
      },
    );
    if (result.failed.count > 0 || result.unjudged > 0) throw new Error(`Expected no failure, found ${result.failed.count} failed sessions (${result.failed.first}) and ${result.unjudged} verdicts missing.`);
    return { wallMs, longestMs: Math.max(...chains.values()), seenMs };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * The schedule of MultiSessionCollab's run.py (spec: speed.md 8) with the platform's own sessions: users in slices, a barrier after each slice, a
 * user's sessions one after another, and a user's judging when all of its sessions are over. Nothing is recorded.
 */
export async function runSlices(experiment: Experiment, slice: number): Promise<Outcome> {
  const inputs = await readInputs(experiment, { log, signal: open });
  const models = await openModels(experiment, { knowledge: inputs.problems, secrets: {}, log });
  const network = await createNetwork(experiment, { models, secrets: {}, stateDir: null, wire: null, log });
  const problems = new Map(inputs.problems.map((problem) => [`${problem.task!.dataset}/${problem.task!.problemId}`, problem]));
  const trajectories = planRun({ seed: experiment.seed, methods: ['reflection'], profiles: inputs.profiles, problems: inputs.problems, sessions: experiment.sessions, probeRate: 0 });
  const startedAt = performance.now();
  for (let from = 0; from < trajectories.length; from += slice) {
    await Promise.all(
      trajectories.slice(from, from + slice).map(async (trajectory) => {
        const records: SessionRecord[] = [];
        await playTrajectory(trajectory, { simulator: network.simulator, agent: network.agentOf('reflection'), agentNeedsProfile: false }, {
          runId: 'slices',
          maxTurns: experiment.maxTurns,
          simulatorSignals: false,
          attempts: 1,
          signal: open,
          isDone: () => false,
          mustStop: (failure) => Promise.reject(failure),
          started: async () => {},
          turned: async () => {},
          async ended({ fact }) {
            if (fact?.$case === 'sessionEnded') records.push(fact.value.record!);
          },
        });
        const judgeInputs = { profileOf: () => trajectory.profile, problemOf: (record: SessionRecord) => problems.get(`${record.dataset}/${record.problemId}`)! };
        await Promise.all(records.map((record) => judgeStages(record, judgeInputs, network.judge, { signal: open, onStage: async (outcome) => void ('failure' in outcome && Promise.reject(outcome.failure)) })));
      }),
    );
  }
  const wallMs = performance.now() - startedAt;
  const seenMs = sumOf(models.hub.accounts());
  await network.close();
  await models.close();
  return { wallMs, longestMs: 0, seenMs };
}

function sumOf(accounts: readonly RoleAccount[]): number {
  return accounts.reduce((sum, { usage }) => sum + (usage?.latencyMs ?? 0), 0);
}

const open = new AbortController().signal;
const log = createLogger({ name: 'bench', level: 'warn' });

export interface Size {
  users: number;
  sessions: number;
  /** Calls in flight. */
  cap: number;
}

interface Outcome {
  wallMs: number;
  /** Model time of the user with the most. */
  longestMs: number;
  /** Sum of the latencies as the client saw them. */
  seenMs: number;
}
