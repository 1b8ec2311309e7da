import { checkRule, isClarifyingOnly } from '../catalogue/index.ts';
import { ProbeVerdict, VerdictStatus } from '../gen/attune/judge/v1/judge.ts';
import type { JudgeProbeRequest } from '../gen/attune/judge/v1/judge.ts';
import type { Preference } from '../gen/attune/profile/v1/profile.ts';
import { AttuneError } from '../platform/errors.ts';
import { agentTurns, dialogueText } from './dialogue.ts';
import type { AgentTurnText } from './dialogue.ts';
import { prompts } from './prompts.ts';
import { preferencesOf, shuffled } from './shown-preferences.ts';
import { probeFormat } from './verdict-format.ts';
import { askModel, collectVotes, counted, keptVotes, majority, meanCertainty, whyUnread } from './voting.ts';
import type { Asked, Bench, VoteCall } from './voting.ts';

/**
 * Says which of a probe's competing preferences the last reply of the dialogue followed: one, none, or several at once, which is confusion
 * and names none as followed. Which of them is expected, and why, the model is not told (spec: algorithm.md 9.4, S-11); comparing is for
 * the reader of the plan. Where rule checks can tell of every candidate whether it was followed, they decide over the majority of the
 * votes. Votes without a majority leave the probe unscored unless rules decide; votes that cannot be read do in any case, so that a judge
 * that answers nonsense gives no numbers.
 */
export async function judgeProbe({ profile, probe, dialogue, seed }: JudgeProbeRequest, bench: Bench): Promise<ProbeVerdict> {
  const candidates = candidatesOf(preferencesOf(profile), probe?.candidateIds ?? []);
  const agentTurn = agentTurns(dialogue).at(-1);
  if (agentTurn?.position !== dialogue.length - 1) throw new AttuneError('invalid_argument', "Judging a probe needs a dialogue that ends with the agent's reply to it.");
  const text = dialogueText(dialogue);
  const ask = async (call: VoteCall): Promise<Asked<ProbeBallot>> => {
    const shown = shuffled(candidates, call.seed);
    const asked = await askModel(call, prompts.probe.render({ dialogue: text, preferences: shown.text }), probeFormat(shown.count));
    return 'reason' in asked ? asked : { value: { outcome: outcomeOf(shown.idsOf(asked.value.followed)), certainty: asked.value.certainty } };
  };
  const ruled = ruledOutcome(candidates, agentTurn);
  const votes = await collectVotes(bench, seed, ask, (ballots) => ruled === null && new Set(ballots.map(({ outcome }) => outcome)).size > 1);

  const ballots = counted(votes);
  const base = { turn: agentTurn.turn, votes: keptVotes(votes, ({ outcome, certainty }) => ({ ...told(outcome), certainty })) };
  if (ballots.length === 0) return ProbeVerdict.fromPartial({ ...base, status: VerdictStatus.UNSCORED, reason: whyUnread(votes) });
  const voted = majority(ballots.map(({ outcome }) => outcome));
  const outcome = ruled ?? voted;
  const certainty = meanCertainty(ballots);
  if (outcome === null) {
    return ProbeVerdict.fromPartial({ ...base, status: VerdictStatus.UNSCORED, reason: `No more than half of the ${ballots.length} votes say the same.`, certainty });
  }
  const byRule = { ruleDecided: ruled !== null, ruleDisagreed: ruled !== null && voted !== null && voted !== ruled };
  return ProbeVerdict.fromPartial({ ...base, status: VerdictStatus.SCORED, ...told(outcome), ...byRule, certainty });
}

function candidatesOf(preferences: readonly Preference[], ids: readonly string[]): Preference[] {
  const missing = ids.filter((id) => !preferences.some((preference) => preference.id === id));
  if (missing.length > 0) throw new AttuneError('invalid_argument', `Judging a probe needs candidates of the user's own; the profile lacks ${missing.join(', ')}.`);
  const candidates = preferences.filter(({ id }) => ids.includes(id));
  if (candidates.length < 2) throw new AttuneError('invalid_argument', `Judging a probe needs at least two candidates, found ${candidates.length}.`);
  return candidates;
}

/** What the rule checks say; null unless every candidate has one that can decide about this reply. A reply that only asks back keeps some rules by being short, so none decides then. */
function ruledOutcome(candidates: readonly Preference[], agentTurn: AgentTurnText): string | null {
  if (isClarifyingOnly(agentTurn.reply)) return null;
  const checks = candidates.map(({ id, rule }) => ({ id, followed: rule === '' ? null : checkRule(rule, agentTurn.reply, agentTurn) }));
  if (checks.some(({ followed }) => followed === null)) return null;
  return outcomeOf(checks.flatMap(({ id, followed }) => (followed ? [id] : [])));
}

function outcomeOf(followed: readonly string[]): string {
  return followed.length > 1 ? SEVERAL : (followed[0] ?? NEITHER);
}

function told(outcome: string): { followedId: string; confused: boolean } {
  return { followedId: outcome === SEVERAL ? '' : outcome, confused: outcome === SEVERAL };
}

const NEITHER = '';
/** No preference's id holds a line break. */
const SEVERAL = '\n';

interface ProbeBallot {
  /** An id, NEITHER or SEVERAL. */
  outcome: string;
  /** 0 to 1. */
  certainty: number;
}
