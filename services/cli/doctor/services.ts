import { MethodAgentDefinition } from '../../gen/attune/agent/v1/agent.ts';
import { JudgeDefinition } from '../../gen/attune/judge/v1/judge.ts';
import { PreferenceStoreDefinition } from '../../gen/attune/preference/v1/preference.ts';
import { UserSimulatorDefinition } from '../../gen/attune/simulator/v1/simulator.ts';
import { AttuneError } from '../../platform/errors.ts';
import { checkHealth, connect } from '../../platform/rpc.ts';
import type { ClientSecurity } from '../../platform/rpc.ts';
import type { Check, Outcome } from './finding.ts';

/** A server of the contracts: healthy, and offering what is wanted of it. Without a wish, whatever it offers is told. */
export function serviceCheck({ address, wanted, security, allowInsecure }: ServiceAt): Check {
  return {
    group: 'asked',
    what: wanted === undefined ? `service ${address}` : 'method' in wanted ? `method ${wanted.method}` : wanted.service,
    async look() {
      const options = { security, deadlineMs: HEALTH_MS };
      const health = await checkHealth(address, options).catch((thrown: unknown) => {
        if (AttuneError.from(thrown).code !== 'unimplemented') throw thrown;
        return 'unknown' as const;
      });
      if (health === 'not_serving') throw new AttuneError('unavailable', `${address} answers that it is not serving: it is stopping, or what it needs is away; look at its log and at its /ready.`);
      const offered = await offeredBy(address, options);
      const found = [...offered].join(', ') || 'none of the contracts';
      if (wanted && 'service' in wanted && !offered.has(wanted.service) && health !== 'unknown') {
        throw new AttuneError('failed_precondition', `${address} should offer ${wanted.service}, found ${found}; correct the address.`);
      }
      const methods = wanted && 'service' in wanted ? null : offered.has('agent') || health === 'unknown' ? await methodsAt(address, security, allowInsecure) : null;
      if (wanted && 'method' in wanted && !methods?.includes(wanted.method)) {
        throw new AttuneError('failed_precondition', `${address} should host the method ${wanted.method}, found ${methods?.join(', ') ?? found}; name the method as its server does, or correct the address.`);
      }
      const told = `${address} serves ${found}${methods ? ` with ${methods.join(', ')}` : ''}`;
      if (health === 'unknown') return { status: 'weak', detail: `${address} hosts ${methods?.join(', ')} but answers no health checks, which Kubernetes needs; add grpc.health.v1 to it.` } satisfies Outcome;
      return offered.size === 0 ? { status: 'weak', detail: `${told}; look whether the address is right.` } : told;
    },
  };
}

const CONTRACTS = { simulator: UserSimulatorDefinition, agent: MethodAgentDefinition, 'preference-store': PreferenceStoreDefinition, judge: JudgeDefinition };
const HEALTH_MS = 5_000;

/** The health of a service that a server does not offer is unknown to it. */
async function offeredBy(address: string, options: { security: ClientSecurity; deadlineMs: number }): Promise<Set<string>> {
  const asked = Object.entries(CONTRACTS).map(async ([name, { fullName }]) => {
    const status = await checkHealth(address, { ...options, service: fullName }).catch(() => null);
    return status === 'serving' ? [name] : [];
  });
  return new Set((await Promise.all(asked)).flat());
}

async function methodsAt(address: string, security: ClientSecurity, allowInsecure: boolean): Promise<string[]> {
  const { client, close } = connect(MethodAgentDefinition, address, { deadlineMs: HEALTH_MS, security, allowInsecure });
  try {
    return (await client.describe({})).methods.map(({ name }) => name);
  } finally {
    await close();
  }
}

interface ServiceAt {
  address: string;
  /** What an experiment wants there. */
  wanted?: { service: keyof typeof CONTRACTS } | { method: string };
  security: ClientSecurity;
  allowInsecure: boolean;
}
