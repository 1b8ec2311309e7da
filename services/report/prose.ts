import { counted, fixed, publicEndpoint } from './format.ts';
import type { Manifest } from './manifest.ts';
import type { ReportModel } from './model.ts';

/** The sentence that opens every form of a report made with simulated models; null when none of the chat models was simulated. */
export function simulatedNotice({ simulated, models }: Manifest): string | null {
  if (!simulated) return null;
  const chat = Object.entries(models).filter(([role]) => !LEXICAL_ROLES.includes(role));
  const played = chat.filter(([, { endpoint }]) => endpoint === SIMULATED_ENDPOINT).map(([role]) => role);
  const which = played.length === 0 || played.length === chat.length ? 'The models of this run were simulated' : `Simulated models played ${played.sort().join(', ')} in this run`;
  return `${which}: its numbers say nothing about real models.`;
}

/** How the manifest names the built-in server, and the roles whose built-in models do not pretend to be language models. */
const SIMULATED_ENDPOINT = 'sim';
const LEXICAL_ROLES = ['embedding', 'reranker'];

/** What was run, in one sentence. */
export function whatWasRun({ manifest, runs, methods, profiles, planned, recorded }: ReportModel): string {
  const each = manifest.plan.sessionsPerTrajectory;
  // Merged runs need not have every method with every profile, and may have some twice.
  const plan = methods.length * profiles * each === planned
      ? `${counted(methods.length, 'method')} × ${counted(profiles, 'profile')} × ${counted(each, 'session')} = ${counted(planned, 'session')} planned`
      : `${counted(methods.length, 'method')}, ${counted(profiles, 'profile')}, at most ${counted(each, 'session')} of a pair in one run; ${counted(planned, 'session')} planned`;
  const what = runs.length > 1 ? `${counted(runs.length, 'run')} (${runs.map(({ runId }) => runId).join(', ')})` : `Run ${manifest.runId}`;
  return `${what} of experiment ${manifest.name}: ${plan}, ${fixed(recorded, 0)} recorded.`;
}

/** The first lines of a report after what was run: names and sentences. */
export function firstLines(model: ReportModel): [name: string, text: string][] {
  const { manifest, judges } = model;
  const certificate = manifest.simulatorCertificate;
  return [
    ['Simulated', simulatedNotice(manifest) ?? 'No chat model of this run was simulated; the users were played by a language model.'],
    ['Simulated user', certificate === undefined ? 'an earlier Attune, which did not ask for a certificate' : certificateText(certificate)],
    ['Judged by', judges.length === 0 ? 'nobody yet' : judges.join('; ')],
  ];
}

/** How the numbers are to be read. */
export function howToRead(model: ReportModel): string {
  const intervals =
    'Brackets hold 95 % intervals over profiles: a bootstrap that draws whole profiles, with a fixed seed; n counts sessions. ' +
    '↑ marks metrics where higher is better, ↓ where lower is; – means that there is no data, which is not zero.';
  return [intervals, ...markSentences(model)].join(' ');
}

/** What the signs of a terminal's table mean; empty without a comparison. */
export function markLegend(model: ReportModel): string[] {
  const sentences = markSentences(model);
  return sentences.length === 0 ? [] : ['', ...sentences];
}

function markSentences({ methods, sections: { compare } }: ReportModel): string[] {
  if (!compare) return [];
  return [
    `▲ better, ▼ worse than ${compare.baseline}: the paired difference holds after ${compare.family.correction}'s correction over ${counted(compare.family.tests, 'test')}.`,
    '● best: differs from every other method. ○ tied best: one of the methods so marked is best, and the data do not say which. Without either sign in a metric, no method can be told from the best.',
    ...(methods.some(({ control }) => control) ? ['Controls are there to be compared with and are never marked as best.'] : []),
  ];
}

/** What the comparison says about one method and metric, in a few words; empty when nothing. */
export function marksOf({ methods, sections: { compare } }: ReportModel, method: string, metric: string): Mark[] {
  if (!compare) return [];
  const verdict = compare.differences.find((one) => one.method === method && one.metric === metric)?.verdict;
  const best = compare.tied.find((one) => one.metric === metric)?.bestOrTied ?? [];
  const contenders = methods.filter(({ control, estimates }) => !control && estimates[metric]?.value !== null).length;
  // A sign on every method says nothing, and a method that is worse than the baseline is not best, whatever a weaker test over all pairs says.
  const isBest = best.includes(method) && best.length < contenders && verdict !== 'worse';
  return [
    ...(verdict === 'better' ? [{ kind: 'better', sign: '▲', text: 'better' } as const] : []),
    ...(verdict === 'worse' ? [{ kind: 'worse', sign: '▼', text: 'worse' } as const] : []),
    ...(isBest ? [best.length === 1 ? ({ kind: 'best', sign: '●', text: 'best' } as const) : ({ kind: 'tied', sign: '○', text: 'tied best' } as const)] : []),
  ];
}

/** Names and values of the facts of a run, for a table. */
export function runFacts({ manifest, runs, judges }: ReportModel): [name: string, value: string][] {
  const byName = <T>(record: Record<string, T>) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...runs.map((run): [string, string] => ['Run', `${run.runId}, started ${run.createdAt}, Attune ${run.attuneVersion}, commit ${run.codeVersion}, seed ${run.seed}`]),
    ['Experiment', manifest.name],
    ['Tokenizer', manifest.tokenizer],
    ...manifest.methods.map(({ name, summary, version, target, control }): [string, string] => [
      `${control ? 'Control' : 'Method'} ${name}`,
      [summary.replace(/\.$/, ''), `version ${version || 'unknown'}`, ...(target ? [`served at ${publicEndpoint(target)}`] : [])].filter(Boolean).join('; '),
    ]),
    ...byName(manifest.models).map(([role, { endpoint, model }]): [string, string] => [`Model of ${role}`, `${model} at ${publicEndpoint(endpoint)}`]),
    ...(manifest.simulatorCertificate === undefined ? [] : [['Simulated user', certificateText(manifest.simulatorCertificate)] satisfies [string, string]]),
    ...judges.map((judge): [string, string] => ['Judged by', judge]),
    ['Inputs', `profiles ${short(manifest.inputs.profilesHash)}, problems ${short(manifest.inputs.problemsHash)}`],
    ['Catalogue', short(manifest.catalogueHash)],
    ...byName(manifest.promptHashes).map(([file, hash]): [string, string] => [`Prompt ${file}`, short(hash)]),
  ];
}

/** Missing sessions by trajectory: "vanilla, user u-02: sessions 3-5, 7". */
export function missingList({ missing }: ReportModel): string[] {
  return missing.map(({ method, userId, sessions }) => `${method}, user ${userId}: ${sessions.length === 1 ? 'session' : 'sessions'} ${ranges(sessions)}`);
}

function ranges(ascending: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const value of ascending) {
    const run = runs.at(-1);
    if (run && run[1] === value - 1) run[1] = value;
    else runs.push([value, value]);
  }
  return runs.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(', ');
}

/** What is known of the simulated user's quality. */
function certificateText(certificate: Manifest['simulatorCertificate']): string {
  if (!certificate) return 'not certified';
  const { key, createdAt, passed, failed } = certificate;
  const outcome = passed ? 'every measure reached its bar' : `below the bar in ${failed.join(', ')}`;
  return `certificate ${short(key)} of ${createdAt.slice(0, 10)}: ${outcome}`;
}

function short(hash: string): string {
  return hash.slice(0, 12);
}

interface Mark {
  readonly kind: 'better' | 'worse' | 'best' | 'tied';
  /** Tells them apart without colour. */
  readonly sign: string;
  readonly text: string;
}
