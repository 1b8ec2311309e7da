import type { MergedRuns } from '../merge/merge-runs.ts';
import type { Manifest } from '../manifest.ts';
import type { Database } from './database.ts';

/** Writes down what was planned: methods and users by their place in the report's order, trajectories, prices and power. */
export async function loadPlan(database: Database, { manifest, runs, inputs, trajectories }: MergedRuns): Promise<void> {
  await database.run(`
    CREATE TABLE methods (method INTEGER, name VARCHAR);
    CREATE TABLE runs (run INTEGER, run_id VARCHAR, seed BIGINT);
    CREATE TABLE users ("user" INTEGER, name VARCHAR, preferences INTEGER);
    CREATE TABLE trajectories (run INTEGER, method INTEGER, "user" INTEGER, sessions INTEGER, kept BOOLEAN);
    CREATE TABLE prices (run INTEGER, model VARCHAR, prompt DOUBLE, completion DOUBLE);
    CREATE TABLE endpoints (run INTEGER, role VARCHAR, endpoint VARCHAR, watts DOUBLE)`);
  const methods = new Map(manifest.methods.map(({ name }, method) => [name, method]));
  const users = new Map(inputs.profiles.map(({ userId }, user) => [userId, user]));
  await database.append('methods', (appender) => {
    for (const [name, method] of methods) {
      appender.appendInteger(method);
      appender.appendVarchar(name);
      appender.endRow();
    }
  });
  await database.append('users', (appender) => {
    for (const [user, profile] of inputs.profiles.entries()) {
      appender.appendInteger(user);
      appender.appendVarchar(profile.userId);
      appender.appendInteger(profile.preferences.length);
      appender.endRow();
    }
  });
  await database.append('runs', (appender) => {
    for (const [run, { runId, seed }] of runs.entries()) {
      appender.appendInteger(run);
      appender.appendVarchar(runId);
      appender.appendBigInt(BigInt(seed));
      appender.endRow();
    }
  });
  await database.append('trajectories', (appender) => {
    for (const { run, method, userId, sessions, kept } of trajectories) {
      appender.appendInteger(run);
      appender.appendInteger(methods.get(method)!);
      appender.appendInteger(users.get(userId)!);
      appender.appendInteger(sessions);
      appender.appendBoolean(kept);
      appender.endRow();
    }
  });
  await database.append('prices', (appender) => {
    for (const [run, each] of runs.entries()) {
      for (const [model, { promptPerMillion, completionPerMillion }] of Object.entries(pricesOf(each))) {
        appender.appendInteger(run);
        appender.appendVarchar(model);
        appender.appendDouble(promptPerMillion);
        appender.appendDouble(completionPerMillion);
        appender.endRow();
      }
    }
  });
  await database.append('endpoints', (appender) => {
    for (const [run, each] of runs.entries()) {
      const watts = wattsOf(each);
      for (const [role, { endpoint }] of Object.entries(each.models)) {
        appender.appendInteger(run);
        appender.appendVarchar(role);
        appender.appendVarchar(endpoint);
        if (watts[endpoint] === undefined) appender.appendNull();
        else appender.appendDouble(watts[endpoint]);
        appender.endRow();
      }
    }
  });
}

/** Money per million tokens by model, as the run's experiment names it; a manifest keeps an experiment as it was given. */
export function pricesOf({ experiment }: Manifest): Record<string, { promptPerMillion: number; completionPerMillion: number }> {
  return (experiment as { models?: { prices?: Record<string, { promptPerMillion: number; completionPerMillion: number }> } } | null)?.models?.prices ?? {};
}

/** Power in watts by endpoint. */
export function wattsOf({ experiment }: Manifest): Record<string, number> {
  return (experiment as { energy?: { watts?: Record<string, number> } } | null)?.energy?.watts ?? {};
}
