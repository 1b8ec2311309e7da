import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadMethod } from '../agent/service.ts';
import { createPlayedSessions, SIMULATED } from '../orchestrator/service.ts';
import type { Experiment } from '../orchestrator/service.ts';
import type { Logger } from '../platform/log.ts';
import { readSessions, readVerdicts } from '../report/service.ts';
import { runExperiment } from './run-experiment.ts';

/**
 * Plays a few sessions of an experiment's own methods on simulated models, in a folder that is removed again. No model is asked and nothing
 * outside this process is reached: what is learned is how often each method calls which role, and how long the prompts are that this very
 * code writes.
 */
export async function playTrial(experiment: Experiment, deps: { log: Logger; signal: AbortSignal }): Promise<ReturnType<typeof createPlayedSessions>> {
  const methods: string[] = [];
  for (const method of experiment.methods) {
    // What a memory product does, and what it asks of models, is known to the product alone.
    if (typeof method === 'string' && (await loadMethod(method)).method.usesProduct === undefined) methods.push(method);
  }
  const played = createPlayedSessions();
  if (methods.length === 0) return played;
  const dir = await mkdtemp(join(tmpdir(), 'attune-plan-'));
  try {
    const simulated = { url: SIMULATED, model: 'sim-large', apiKeyEnv: experiment.models.apiKeyEnv };
    const trial: Experiment = {
      ...experiment,
      methods,
      profiles: { ...experiment.profiles, limit: Math.min(TRIAL_PROFILES, experiment.profiles.limit ?? TRIAL_PROFILES) },
      datasets: ['bank'],
      sessions: Math.min(TRIAL_SESSIONS, experiment.sessions),
      concurrency: TRIAL_PROFILES * methods.length,
      limits: undefined,
      models: { ...experiment.models, url: SIMULATED, replicas: undefined, model: 'sim-large', cache: 'off', roles: experiment.models.roles.note_writer ? { note_writer: simulated } : {} },
      preferences: { ...experiment.preferences, store: { ...experiment.preferences.store, qdrant: undefined }, itemSpace: undefined },
      // As many judges and first votes, none of them real; how often those of real ones differ cannot be seen here.
      judge: { ...experiment.judge, maxVotes: undefined, panel: experiment.judge.panel.map(() => simulated) },
      services: { patienceMs: 0 },
    };
    await runExperiment({ experiment: trial, out: join(dir, 'run') }, { secrets: {}, wire: false, log: deps.log, signal: deps.signal, report: false });
    for await (const record of readSessions(join(dir, 'run'))) played.addSession(record);
    for await (const verdict of readVerdicts(join(dir, 'run'))) played.addVerdict(verdict);
    return played;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const TRIAL_PROFILES = 2;
const TRIAL_SESSIONS = 4;
