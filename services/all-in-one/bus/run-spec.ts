import { z } from 'zod';
import { AttuneError } from '../../platform/errors.ts';
import { openRunRegistry } from '../../platform/nats.ts';
import type { Nats } from '../../platform/nats.ts';
import { hashInputs, Manifest, readRunInputs } from '../../report/service.ts';
import type { RunInputs } from '../../report/service.ts';

/** Version of what a coordinator writes for its workers. */
const SPEC_VERSION = 2;

/** What every worker of a run needs to know, written by its coordinator. Addresses change when a coordinator comes back. */
export const RunSpec = z.strictObject({
  schemaVersion: z.literal(SPEC_VERSION),
  manifest: Manifest,
  /** How long a silent worker keeps its work, in milliseconds. */
  leaseMs: z.int().min(100),
  /** Methods that are told the user's profile. */
  oracles: z.array(z.string()),
  services: z.strictObject({
    simulator: z.string(),
    /** By method. */
    agents: z.record(z.string(), z.string()),
    /** A judge that the experiment names; null: workers that judge have one of their own. */
    judge: z.string().nullable(),
  }),
  /** The simulated model server, when a model is simulated. */
  simUrl: z.string().nullable(),
  /** The longest that one request to a service may take, in milliseconds. */
  deadlineMs: z.int(),
  /** Whether some of these are served by the coordinator itself, so that nothing can go on without it. */
  hosted: z.boolean(),
  /** Whether what the run may spend is limited, so that a session counts only once the coordinator has been asked. */
  limited: z.boolean(),
  /** False while the run's judge may not grade. */
  judging: z.boolean(),
});

/** Writes the spec and, once, the inputs. */
export async function writeSpec(nats: Nats, spec: RunSpec, inputsText: string): Promise<void> {
  const registry = openRunRegistry(nats);
  const { runId } = spec.manifest;
  await registry.putDocument(runId, 'inputs', inputsText);
  await registry.putDocument(runId, 'spec', JSON.stringify(spec));
}

/** Null when the run has none. Throws `failed_precondition` for a spec of another version and `data_loss` for inputs that are not the manifest's. */
export async function readSpec(nats: Nats, runId: string): Promise<{ spec: RunSpec; inputs: RunInputs; text: string } | null> {
  const registry = openRunRegistry(nats);
  const found = await registry.document(runId, 'spec');
  const inputsText = await registry.document(runId, 'inputs');
  if (!found || !inputsText) return null;
  const raw = JSON.parse(found.text) as { schemaVersion?: unknown };
  if (raw.schemaVersion !== SPEC_VERSION) {
    throw new AttuneError('failed_precondition', `The run ${runId} should have a spec of version ${SPEC_VERSION}, found ${JSON.stringify(raw.schemaVersion)}; work on it with the Attune that coordinates it.`);
  }
  const spec = RunSpec.parse(raw);
  const inputs = readRunInputs(inputsText.text);
  if (hashInputs(inputs).inputsHash !== spec.manifest.inputs.inputsHash) throw new AttuneError('data_loss', `The inputs of run ${runId} on the NATS server are not those of its manifest; resume the run from its folder.`);
  return { spec, inputs, text: found.text };
}

export type RunSpec = z.infer<typeof RunSpec>;
