import { callDeadlineMs } from '../network.ts';
import type { Network } from '../network.ts';
import type { PreparedRun } from '../prepare-run.ts';
import type { RunSpec } from './run-spec.ts';

/** What the workers of a run need to know, with addresses by which they reach what this process serves. */
export function specOf({ manifest, experiment, models }: PreparedRun, network: Network, options: SpecOptions): RunSpec {
  const { leaseMs, host, advertise, simUrl: given, limited, judging } = options;
  const reachable = (address: string) => (advertise === undefined || host === undefined ? address : address.replace(/^.*:/, `${advertise}:`));
  const served = (name: string) => reachable(network.addresses[name]!);
  const { services } = experiment;
  const simUrl = models.simUrl !== null && advertise !== undefined && given === undefined ? models.simUrl.replace(/\/\/[^/]*:/, `//${advertise}:`) : models.simUrl;
  return {
    schemaVersion: 2,
    manifest,
    leaseMs,
    oracles: network.methods.filter((m) => m.needsProfile).map((m) => m.name),
    services: {
      simulator: services.simulator ?? served('simulator'),
      agents: Object.fromEntries(experiment.methods.map((m) => (typeof m === 'string' ? [m, served('agent')] : [m.name, m.target]))),
      judge: services.judge ?? null,
    },
    simUrl,
    deadlineMs: callDeadlineMs(experiment),
    hosted: services.simulator === undefined || experiment.methods.some((m) => typeof m === 'string'),
    limited,
    judging,
  };
}

interface SpecOptions {
  leaseMs: number;
  host?: string | undefined;
  advertise?: string | undefined;
  simUrl?: string | undefined;
  limited: boolean;
  judging: boolean;
}
