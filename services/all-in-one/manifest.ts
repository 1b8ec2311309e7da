import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { catalogueHash } from '../catalogue/index.ts';
import { agentPromptHashes } from '../agent/service.ts';
import { judgePromptHashes } from '../judge/service.ts';
import { greetingPrompt, isSimulated } from '../orchestrator/service.ts';
import type { Experiment } from '../orchestrator/service.ts';
import { modelPromptHashes } from '../platform/models/index.ts';
import { newRunId } from '../platform/ids.ts';
import { TOKENIZER } from '../platform/tokens.ts';
import { preferenceStorePromptHashes } from '../preference-store/service.ts';
import { hashInputs } from '../report/service.ts';
import type { Manifest, RunInputs } from '../report/service.ts';
import { simulatorPromptHashes } from '../simulator/service.ts';
import type { Models } from './models.ts';
import type { Network } from './network.ts';

/** Writes down what a run is made of. */
export function manifestOf(experiment: Experiment, inputs: RunInputs, parts: ManifestParts): Manifest {
  const { models, network, certificate, now } = parts;
  const trajectories = experiment.methods.length * inputs.profiles.length;
  return {
    schemaVersion: 1,
    runId: newRunId(experiment.name, now),
    name: experiment.name,
    createdAt: now.toISOString(),
    attuneVersion: packageVersion(),
    codeVersion: codeVersion(),
    seed: experiment.seed,
    experiment: JSON.parse(JSON.stringify(experiment)) as Manifest['experiment'],
    methods: network.methods.map(({ name, summary, version, target, isControl }) => ({ name, summary, version, ...(target && { target }), ...(isControl && { control: true }) })),
    models: models.describe(),
    simulated: isSimulated(experiment),
    tokenizer: TOKENIZER,
    promptHashes: {
      ...agentPromptHashes(),
      ...simulatorPromptHashes(),
      ...judgePromptHashes(),
      ...preferenceStorePromptHashes(),
      ...modelPromptHashes(),
      'orchestrator/greeting': greetingPrompt.hash,
      ...Object.fromEntries(network.methods.flatMap((m) => Object.entries(m.promptHashes))),
    },
    catalogueHash: catalogueHash(),
    simulatorCertificate: certificate,
    inputs: hashInputs(inputs),
    plan: { trajectories, sessionsPerTrajectory: experiment.sessions, sessionsPlanned: trajectories * experiment.sessions },
  };
}

/** What a manifest is made of beside the experiment and its inputs. */
interface ManifestParts {
  models: Models;
  network: Network;
  /** Of the simulated user; null when there is none. */
  certificate: Manifest['simulatorCertificate'];
  now: Date;
}

/** The version in package.json. */
function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** The commit of the code, marked when files differ from it; "unknown" outside a checkout. */
function codeVersion(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: new URL('.', import.meta.url), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '-modified');
  } catch {
    return 'unknown'; // an image or an archive has no git folder
  }
}
