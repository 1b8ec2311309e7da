import { Command } from 'commander';
import { parseExperiment, readExperiment } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { BUS_OPTION } from '../bus.ts';
import { environment } from '../config.ts';
import { diagnose, GROUPS } from '../doctor/diagnose.ts';
import type { Finding } from '../doctor/finding.ts';
import { withFlags } from '../experiment-flags.ts';

/** `attune doctor`: what is there, what is missing, and how to mend it. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Say what this machine has, what an experiment needs, what is missing, and how to mend it. Changes nothing.')
    .argument('[experiment]', 'a YAML file: also check all that it needs')
    .option('--models <url>', 'check this OpenAI-compatible endpoint (ATTUNE_MODEL_URL)')
    .option('--model <name>', 'and this model on it, in every role (ATTUNE_MODEL)')
    .option('--embedding-model <name>', 'and this one for embeddings')
    .option('--rerank-model <name>', 'and this one for reranking')
    .option('--pooling-model <name>', 'and whether this one gives scores by /pooling, as reward models do')
    .option(...BUS_OPTION)
    .option('--qdrant <url>', 'a Qdrant server, http://host:6333; its key comes from ATTUNE_QDRANT_API_KEY')
    .option('--services <addresses>', 'gRPC services, host:port, with commas between them; the token comes from ATTUNE_TOKEN')
    .option('--out <folder>', 'where runs go', 'runs')
    .option('--json', 'print one JSON object')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', EXAMPLES)
    .action(doctor);
}

const EXAMPLES = `
Examples:
  attune doctor
  attune doctor experiment.yaml --bus nats://localhost:4222
  attune doctor --models http://localhost:8000/v1 --model meta-llama/Llama-3.1-8B-Instruct
  attune doctor --qdrant http://localhost:6333 --services localhost:50052,localhost:50054

Exit codes: 0 all that is needed or asked for is there, 1 something is broken, 2 wrong use.`;

async function doctor(file: string | undefined, flags: DoctorFlags): Promise<void> {
  const env = environment();
  const given = (text: string | undefined) => (text === undefined || text === '' ? undefined : text);
  // With a file the endpoint in the environment is not meant: the file says where its models are.
  const models = flags.models ?? (file === undefined ? given(env['ATTUNE_MODEL_URL']) : undefined);
  const model = flags.model ?? (file === undefined ? given(env['ATTUNE_MODEL']) : undefined);
  const isNamed = file !== undefined || models !== undefined;
  const asked = withFlags(file === undefined ? {} : await readExperiment(file), { models, model, embeddingModel: flags.embeddingModel, rerankModel: flags.rerankModel });
  const findings = await diagnose({
    experiment: isNamed ? parseExperiment(asked, file ?? 'the command line') : null,
    isFromFile: file !== undefined,
    secrets: env,
    out: flags.out,
    bus: flags.bus ?? given(env['ATTUNE_BUS']),
    qdrant: flags.qdrant,
    services: flags.services?.split(',').map((address) => address.trim()).filter((address) => address !== '') ?? [],
    poolingModel: flags.poolingModel,
  });
  process.stdout.write(flags.json ? `${JSON.stringify({ findings })}\n` : textOf(findings));
  const broken = findings.filter(({ status }) => status === 'broken');
  if (broken.length > 0) throw new AttuneError('failed_precondition', `${broken.length} of ${findings.length} checks failed: ${broken.map(({ what }) => what).join(', ')}.`);
}

function textOf(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  const part = (group: (typeof GROUPS)[number]) => {
    const lines = findings.filter((finding) => finding.group === group).map(({ status, what, detail }) => `${MARKS[status]} ${what.padEnd(width)}  ${detail}\n`);
    return lines.length === 0 ? [] : [`${TITLES[group]}\n${lines.join('')}`];
  };
  return GROUPS.flatMap(part).join('\n');
}

const TITLES = { needed: 'Needed', asked: 'Asked for', optional: 'Optional' };
const MARKS = { ok: '  ok     ', weak: '  WEAK   ', missing: '  -      ', broken: '  BROKEN ' };

interface DoctorFlags {
  models?: string;
  model?: string;
  embeddingModel?: string;
  rerankModel?: string;
  poolingModel?: string;
  bus?: string;
  qdrant?: string;
  services?: string;
  out: string;
  json?: boolean;
}
