import { MethodAgentDefinition } from '../../gen/attune/agent/v1/agent.ts';
import { UserSimulatorDefinition } from '../../gen/attune/simulator/v1/simulator.ts';
import type { Experiment, SessionClients } from '../../orchestrator/service.ts';
import { connect } from '../../platform/rpc.ts';
import { credentialsFor } from '../credentials.ts';
import type { RunSpec } from './run-spec.ts';

/** Connects to the services that a run's spec names; services that the coordinator serves itself are not waited for, since they come back at another address. */
export function reachServices({ services, oracles, deadlineMs, hosted }: RunSpec, experiment: Experiment, secrets: Readonly<Record<string, string | undefined>>): { clientsOf(method: string): SessionClients; close(): Promise<void> } {
  const closers: (() => Promise<void>)[] = [];
  const patienceMs = hosted ? 0 : experiment.services.patienceMs;
  const credentials = credentialsFor(experiment, secrets);
  const reach = <D extends Parameters<typeof connect>[0]>(definition: D, target: string, shown: ReturnType<typeof credentials.service>, repeatable: boolean) => {
    const connection = connect(definition, target, { deadlineMs, patienceMs, repeatable, ...shown });
    closers.push(() => connection.close());
    return connection.client;
  };
  const simulator = reach(UserSimulatorDefinition, services.simulator, credentials.service(experiment.services.simulator), true);
  // Methods at one address may ask for different tokens.
  const agents = new Map(Object.entries(services.agents).map(([method, target]) => [method, reach(MethodAgentDefinition, target, credentials.method(method), false)]));
  return {
    clientsOf: (method) => ({ simulator, agent: agents.get(method)!, agentNeedsProfile: oracles.includes(method) }),
    async close() {
      for (const close of closers) await close();
    },
  };
}
