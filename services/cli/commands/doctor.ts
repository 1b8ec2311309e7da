import { Command } from 'commander';
import { diagnose } from '../diagnose.ts';
import { environment } from '../config.ts';
import { AttuneError } from '../../platform/errors.ts';

/** `attune doctor`: what is there, what is missing, and how to mend it. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Say what this machine has, what is missing, and how to mend it.')
    .option('--models <url>', 'also check this OpenAI-compatible endpoint (ATTUNE_MODEL_URL)')
    .option('--model <name>', 'and this model on it (ATTUNE_MODEL)')
    .option('--json', 'print one JSON object')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', '\nExample:\n  attune doctor --models http://localhost:8000/v1 --model meta-llama/Llama-3.1-8B-Instruct')
    .action(doctor);
}

async function doctor(flags: { models?: string; model?: string; json?: boolean }): Promise<void> {
  const env = environment();
  const findings = await diagnose({
    modelUrl: flags.models ?? env['ATTUNE_MODEL_URL'],
    model: flags.model ?? env['ATTUNE_MODEL'],
    secrets: env,
  });
  if (flags.json) process.stdout.write(`${JSON.stringify({ findings })}\n`);
  else for (const { status, what, detail } of findings) process.stdout.write(`${MARKS[status]} ${what}: ${detail}\n`);
  const broken = findings.filter((f) => f.status === 'broken');
  if (broken.length > 0) throw new AttuneError('failed_precondition', `${broken.length} of ${findings.length} checks failed: ${broken.map((f) => f.what).join(', ')}.`);
}

const MARKS = { ok: 'ok      ', optional: 'optional', broken: 'BROKEN  ' };
