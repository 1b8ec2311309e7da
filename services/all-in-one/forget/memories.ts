import { createHash } from 'node:crypto';
import type { Experiment } from '../../orchestrator/service.ts';
import { withContext } from '../../platform/errors.ts';
import { textsIn } from '../../report/service.ts';
import type { Manifest } from '../../report/service.ts';
import type { Network } from '../network.ts';
import type { ForgottenPlace } from './places.ts';

/** Has every method forget a user, also in the preference store and the product behind it. Doing it again changes nothing. */
export async function forgetMemories({ agentOf }: Network, experiment: Experiment, runId: string, userId: string): Promise<ForgottenPlace[]> {
  const places: ForgottenPlace[] = [];
  for (const method of experiment.methods) {
    const name = typeof method === 'string' ? method : method.name;
    const where = typeof method === 'string' ? 'this run' : method.target;
    try {
      const { statesRemoved, cardsRemoved } = await agentOf(name).forget({ user: { runId, method: name, userId } });
      places.push({ place: `memory of ${name}`, where, removed: `${statesRemoved} states, ${cardsRemoved} cards` });
    } catch (thrown) {
      throw withContext(`The method ${name} (${where}) could not be made to forget; nothing was taken out of the records yet`, thrown);
    }
  }
  return places;
}

/** Every text in what the methods remember of a user. */
export async function memoryTexts(network: Network, manifest: Manifest, userId: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const state of exported(network, manifest, [userId])) texts.push(...[...textsIn(state)].filter((text) => text !== ''));
  return texts;
}

/** SHA-256 over what the methods remember of users, in order. */
export async function hashOfMemories(network: Network, manifest: Manifest, userIds: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for await (const state of exported(network, manifest, userIds)) hash.update(`${state}\n`);
  return hash.digest('hex');
}

async function* exported({ agentOf }: Network, { runId, methods, plan }: Manifest, userIds: readonly string[]): AsyncGenerator<string> {
  for (const { name: method } of methods) {
    for (const userId of userIds) {
      const { state } = await agentOf(method).exportState({ key: { user: { runId, method, userId }, session: plan.sessionsPerTrajectory } });
      yield Buffer.from(state).toString('utf8');
    }
  }
}
