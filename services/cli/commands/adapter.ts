import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { readProductSettings } from '../../agent/config.ts';
import { ADAPTER_CHECK_NAMES, ADAPTER_LIMITS, adapterTable, examineAdapter, openAdapter, placeOfProduct, PRODUCT_KINDS, type ProductKind } from '../../agent/service.ts';
import { openModels } from '../../all-in-one/service.ts';
import { parseExperiment } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { createLogger } from '../../platform/log.ts';
import { environment } from '../config.ts';
import { untilInterrupted } from '../interrupt.ts';
import { restartBy } from '../restart.ts';
import { wholeNumber } from '../whole-number.ts';

/** `attune adapter`: the memory products that methods can use, and whether one keeps what the methods need. */
export function adapterCommand(): Command {
  const command = new Command('adapter').description('Memory products as methods: list them, or check one.');
  command
    .command('conform')
    .description('Check that a memory product and its adapter keep the contract: indexing waited for, users apart, updates, forgetting, repeats, faults; exit code 1 when a check fails.')
    .argument('[url]', 'the product; without it the one that the environment names')
    .addOption(new Option('--kind <kind>', 'what it is').choices(PRODUCT_KINDS.map(({ kind }) => kind)).makeOptionMandatory())
    .option('--restart-command <cmd>', 'a shell command that stops the product and starts it again, and returns when the old one is gone')
    .option('--request-ms <n>', 'longest wait for one answer', wholeNumber, ADAPTER_LIMITS.requestMs)
    .option('--settle-ms <n>', 'longest wait until a session is indexed', wholeNumber, ADAPTER_LIMITS.settleMs)
    .option('--checks <names>', 'only these checks, with commas between them; own-facts is always made')
    .option('--json', 'print one JSON object instead of the table')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', EXAMPLES)
    .action(conform);
  command
    .command('list')
    .description('The memory products that there are adapters for, and what of their settings is missing here.')
    .option('--json', 'print one JSON object instead of the table')
    .option('--debug', 'print the stack of an error')
    .action(list);
  return command;
}

const EXAMPLES = `
API keys come from the environment: ATTUNE_MEM0_API_KEY, ATTUNE_ZEP_API_KEY.

Examples:
  attune adapter conform http://127.0.0.1:8888 --kind mem0 --restart-command "docker compose restart mem0"
  ATTUNE_ZEP_API_KEY=... attune adapter conform https://api.getzep.com/api/v2 --kind zep
  attune adapter conform --kind langgraph_store`;

async function conform(given: string | undefined, flags: ConformFlags): Promise<void> {
  const { kind, requestMs, settleMs, restartCommand } = flags;
  const { place } = placeOfKind(kind);
  const url = given ?? place.url;
  const isServer = PRODUCT_KINDS.some((one) => one.kind === kind && one.transport === 'http');
  if (!isServer && given !== undefined) throw new AttuneError('invalid_argument', `${kind} is a library in this process; leave out the URL.`);
  if (isServer && (url === undefined || !/^https?:\/\//.test(url) || !URL.canParse(url))) {
    throw new AttuneError('invalid_argument', `Expected the URL of ${kind}, for example http://127.0.0.1:8888, found ${url === undefined ? 'none' : JSON.stringify(url)}.`);
  }
  const checks = flags.checks?.split(',').map((name) => name.trim());
  const unknown = checks?.find((name) => !ADAPTER_CHECK_NAMES.includes(name));
  if (unknown !== undefined) throw new AttuneError('invalid_argument', `Unknown check "${unknown}"; the checks are ${ADAPTER_CHECK_NAMES.join(', ')}.`);
  const log = createLogger({ name: 'adapter', level: 'silent' });
  const models = isServer ? null : await openModels(parseExperiment({}, 'the adapter check'), { knowledge: [], secrets: environment(), log });
  const limits = { ...ADAPTER_LIMITS, requestMs, settleMs };
  const open = (address: string | undefined) => openAdapter(kind, { url: address, apiKey: place.apiKey, embedding: models?.clientOf('embedding') }, limits);
  try {
    await untilInterrupted(async (signal) => {
      const examination = await examineAdapter({
        open, limits, signal,
        nonce: randomBytes(4).toString('hex'),
        ...(isServer && { url }),
        ...(checks && { checks }),
        ...(restartCommand !== undefined && { restart: async () => restartBy(restartCommand, async () => (await open(url)).recall('conform-nobody', 'Hello?', 1, { signal }), signal) }),
        onResult: ({ check }) => showProgress(check),
      }).finally(hideProgress);
      process.stdout.write(flags.json ? `${JSON.stringify(examination)}\n` : `${adapterTable(examination)}\n`);
      const failed = examination.results.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check);
      if (failed.length > 0) throw new AttuneError('failed_precondition', `${failed.length} ${failed.length === 1 ? 'check' : 'checks'} failed: ${failed.join(', ')}.`);
    });
  } finally {
    await models?.close();
  }
}

function list(flags: { json?: boolean }): void {
  const products = PRODUCT_KINDS.map(({ kind, method, transport, needsKey, about }) => {
    const { place } = placeOfKind(kind);
    const missing = [...(transport === 'http' && place.url === undefined ? ['its URL'] : []), ...(needsKey && place.apiKey === undefined ? ['its API key'] : [])];
    return { kind, method, transport, about, missing };
  });
  if (flags.json) return void process.stdout.write(`${JSON.stringify({ products })}\n`);
  for (const { kind, method, missing, about } of products) process.stdout.write(`${kind.padEnd(17)}method ${method.padEnd(17)}${missing.length === 0 ? 'ready' : `needs ${missing.join(' and ')}`}\n${' '.repeat(17)}${about}\n`);
}

/** What the environment names for a kind; mem0's two kinds share their variables. */
function placeOfKind(kind: ProductKind): ReturnType<typeof placeOfProduct> {
  const env = environment();
  const { method } = PRODUCT_KINDS.find((one) => one.kind === kind)!;
  return placeOfProduct(method, readProductSettings({ ...env, ATTUNE_MEM0_MODE: kind === 'mem0-hosted' ? 'hosted' : 'self_hosted' }));
}

/** The check that was made last, on a terminal; nothing where standard error is a file. */
function showProgress(check: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${check}`);
}

function hideProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

interface ConformFlags {
  kind: ProductKind;
  restartCommand?: string;
  checks?: string;
  requestMs: number;
  settleMs: number;
  json?: boolean;
  debug?: boolean;
}
