import type { SessionRecord } from '../../gen/attune/record/v1/record.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { Experiment } from '../experiment.ts';
import { forecastRun } from '../forecast/forecast.ts';
import { createPlayedSessions } from '../forecast/played.ts';
import { ASSUMED_SHAPE, type PlayedSession, type Shape } from '../forecast/workload.ts';

/**
 * The number of trajectories at once for `concurrency: auto`: the most whose contexts fill three quarters of the KV caches that `servers` describes
 * (spec: operations.md 6.4). It begins with contexts of the published workload, and takes in those of the run's own sessions as they end. For any
 * other concurrency it is that number.
 */
export function createRoomy(experiment: Experiment, { profiles }: { profiles: number }): Roomy {
  const { concurrency } = experiment;
  if (concurrency !== 'auto') return { sessions: () => concurrency, learn() {} };
  const methods = experiment.methods.map((method) => (typeof method === 'string' ? method : method.name));
  const sizes = { sessions: experiment.sessions, mostMemory: experiment.agent.contextLength - experiment.agent.maxTokens, mostReranked: experiment.agent.contextLength };
  const roomFor = (played: ReadonlyMap<string, readonly PlayedSession[]>, shape: Shape) => forecastRun(experiment, { profiles, played, shape }).throughput?.roomy ?? 0;

  const seen = createPlayedSessions();
  let learned = 0;
  let next = FEWEST_SESSIONS;
  let sessions = roomFor(new Map(methods.map((method) => [method, [PUBLISHED_SESSION]])), { ...ASSUMED_SHAPE, ...sizes });
  if (sessions === 0) throw new AttuneError('failed_precondition', 'concurrency: auto found no room for a single trajectory in the KV caches of the servers; describe the servers of the simulator and the agent as they are, or set a number.');
  return {
    sessions: () => sessions,
    learn(record) {
      seen.addSession(record);
      learned += 1;
      if (learned < next) return;
      next = Math.ceil(learned * 1.25);
      sessions = Math.max(1, roomFor(seen.byMethod(), { ...seen.shape(), ...sizes }));
    },
  };
}

/** With fewer, the assumptions say more. */
const FEWEST_SESSIONS = 8;

/** A session as published (spec: operations.md 6.3): 8 turns of 60 and 350 tokens, a user's prompt of 1,450 tokens and an agent's of 450 beside the dialogue. */
const PUBLISHED_SESSION: PlayedSession = {
  session: 0,
  turns: 8,
  userMessages: 9,
  userTokens: 9 * 60,
  agentTokens: 8 * 350,
  memoryTokens: 0,
  usage: [used('simulator', 9, 1_450 + 3.5 * 410, 250), used('agent', 8, 450 + 3.5 * 410 + 60, 350), used('judge', 2, 2_450, 225)],
};

function used(role: string, calls: number, prompt: number, out: number): PlayedSession['usage'][number] {
  return { role, model: '', calls, promptTokens: Math.round(calls * prompt), completionTokens: calls * out, cachedPromptTokens: 0, latencyMs: undefined };
}

interface Roomy {
  /** Sessions that may be under way now, at least 1. */
  sessions(): number;
  learn(record: SessionRecord): void;
}
