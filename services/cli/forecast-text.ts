import type { Experiment, Forecast } from '../orchestrator/service.ts';

/** A forecast as text for a terminal: sessions, a table of roles, then time, money and where the figures come from. */
export function forecastText(experiment: Experiment, forecast: Forecast, { basis, byMethod }: { basis: string; byMethod: boolean }): string {
  const { methods, profiles, shape } = forecast;
  const head = `${experiment.name}: ${methods.length} methods x ${profiles} users x ${shape.sessions} sessions = ${whole(forecast.sessions)} sessions, about ${whole(forecast.turns)} turns`;
  return [head, '', table(summed(forecast, byMethod), byMethod), '', ...timeLines(forecast), ...moneyLine(forecast), ...votesLine(forecast), '', ...basisLines(forecast, basis), ''].join('\n');
}

type Line = Pick<Forecast['rows'][number], 'role' | 'model' | 'calls' | 'promptTokens' | 'completionTokens' | 'money'> & { method: string };

/** One line a role and model, or one a method, role and model; the sum last. */
function summed({ rows }: Forecast, byMethod: boolean): Line[] {
  const lines = new Map<string, Line>();
  const add = (key: string, line: Line) => {
    const before = lines.get(key);
    lines.set(key, before ? { ...before, calls: before.calls + line.calls, promptTokens: before.promptTokens + line.promptTokens, completionTokens: before.completionTokens + line.completionTokens, money: plus(before.money, line.money) } : line);
  };
  for (const { method, role, model, calls, promptTokens, completionTokens, money } of rows) {
    const line = { method: byMethod ? method : '', role, model, calls, promptTokens, completionTokens, money };
    add(JSON.stringify([line.method, role, model]), line);
  }
  for (const line of [...lines.values()]) add('sum', { ...line, method: '', role: 'sum', model: '' });
  return [...lines.entries()].sort(([a], [b]) => Number(a === 'sum') - Number(b === 'sum') || (a < b ? -1 : 1)).map(([, line]) => line);
}

function table(lines: readonly Line[], byMethod: boolean): string {
  const priced = lines.some((line) => line.money !== null);
  const header = [...(byMethod ? ['method'] : []), 'role', 'model', 'calls', 'prompt tokens', 'answer tokens', ...(priced ? ['money'] : [])];
  const cells = lines.map((line) => [
    ...(byMethod ? [line.method] : []),
    line.role,
    line.model,
    whole(line.calls),
    whole(line.promptTokens),
    whole(line.completionTokens),
    ...(priced ? [line.money === null ? '' : line.money.toFixed(2)] : []),
  ]);
  const texts = byMethod ? 3 : 2;
  const widths = header.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]!.length)));
  return [header, ...cells].map((row) => row.map((cell, column) => (column < texts ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ').trimEnd()).join('\n');
}

function timeLines({ throughput, untimed }: Forecast): string[] {
  const missing = untimed.map((url) => `  ${url} is not described under servers: its calls are taken to cost no time.`);
  if (!throughput) return ['Time, GPU-hours, energy: unknown; describe the endpoints under servers in the experiment.'];
  const { turnsPerS, wallS, gpus, gpuHours, kWh, pools, chains, roomy } = throughput;
  return [
    `Time: ${hours(wallS)} at ${turnsPerS.toFixed(2)} turns a second, ${chains} trajectories at once; ${gpus.toFixed(gpus % 1 ? 2 : 0)} GPUs, ${gpuHours.toFixed(1)} GPU-hours, ${kWh.toFixed(1)} kWh (GPUs alone)`,
    ...pools.map((pool) => `  ${pool.name}: ${pool.decoding.toFixed(0)} answers at once in each replica, ${pool.tokenMs.toFixed(1)} ms a token, ${percent(pool.prefillShare)} of the time in prefill, ${percent(pool.kvShare)} of the KV cache${kvWarning(pool)}`),
    ...(roomy < chains && roomy > 0 ? [`  concurrency: ${roomy} would keep every KV cache at three quarters or less.`] : []),
    ...missing,
  ];
}

/** The operating point that leaves room is three quarters of the cache (spec: operations.md 6.4). */
function kvWarning({ prefixCache, kvShare }: { prefixCache: boolean; kvShare: number }): string {
  if (!prefixCache) return '; the prefix cache collapses, lower concurrency or add replicas';
  return kvShare > 0.75 ? '; little room is left, lower concurrency' : '';
}

function moneyLine({ rows }: Forecast): string[] {
  const priced = rows.filter((row) => row.money !== null);
  if (priced.length === 0) return ['Money: unknown; give prices under models.prices in the experiment.'];
  const unpriced = [...new Set(rows.filter((row) => row.money === null && row.calls > 0).map((row) => row.model))];
  const sum = priced.reduce((total, row) => total + (row.money ?? 0), 0);
  return [`Money: ${sum.toFixed(2)} in the currency of the prices${unpriced.length > 0 ? `; without ${unpriced.join(', ')}, which have no price` : ''}`];
}

function votesLine({ furtherVotes }: Forecast): string[] {
  if (!furtherVotes) return [];
  const { votes, maxVotes, calls, promptTokens, completionTokens, money } = furtherVotes;
  const most = `${whole(calls)} calls, ${whole(promptTokens)} prompt tokens and ${whole(completionTokens)} answer tokens${money === null ? '' : `, ${money.toFixed(2)} of money`}`;
  return [`Judge: all of the above holds ${votes} ${votes === 1 ? 'vote' : 'votes'} of each judge. Where they differ ${maxVotes} are asked for, which adds ${most} at most.`];
}

function basisLines({ shape, unknownMethods }: Forecast, basis: string): string[] {
  const lengths = `${shape.turns.toFixed(1)} turns a session, ${shape.user.toFixed(0)} tokens a user message, ${shape.agent.toFixed(0)} tokens a reply`;
  const source =
    basis === 'trial'
      ? `Calls and the fixed parts of prompts were measured in a short trial on simulated models, which cost nothing; ${lengths} are assumed: change them with --turns, --user-tokens and --reply-tokens, or measure with --from RUN.`
      : `Calls, prompts and lengths (${lengths}) are those of ${basis}.`;
  return [source, ...(unknownMethods.length > 0 ? [`Not in the sums, because nothing of them was played: ${unknownMethods.join(', ')}.`] : [])];
}

function plus(a: number | null, b: number | null): number | null {
  return a === null && b === null ? null : (a ?? 0) + (b ?? 0);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function hours(seconds: number): string {
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
