import { checkRule, preferenceText } from '../../catalogue/index.ts';
import { VerdictStatus } from '../../gen/attune/judge/v1/judge.ts';
import type { TurnVerdict } from '../../gen/attune/judge/v1/judge.ts';
import type { Profile } from '../../gen/attune/profile/v1/profile.ts';
import type { ModelClient } from '../../platform/models/index.ts';
import { seedFrom } from '../../platform/random.ts';
import type { JudgeConfig, JudgeMode } from '../config.ts';
import { agentTurns, dialogueText } from '../dialogue.ts';
import { judgeSession } from '../judge-preferences.ts';
import { judgeProbe } from '../judge-probe.ts';
import { judgeTask } from '../judge-task.ts';
import { shuffled } from '../shown-preferences.ts';
import type { Bench } from '../voting.ts';
import type { CheckedSession, RepeatedItem, TurnSaid } from './observations.ts';
import type { PromptWatch } from './prompt-watch.ts';

/**
 * Asks every judge of the panel everything about one session `repeats` times, each time with another seed and so another order of the preferences. The rule checks
 * are taken out of the profile first, so that the answers are the model's own, and are compared with them afterwards. A single vote counts, whatever the settings.
 */
export async function askSession(session: CheckedSession, deps: AskSessionDeps): Promise<RepeatedItem[]> {
  const { config, panel, repeats, watch, signal, seed } = deps;
  const key = { method: session.method, userId: session.userId, session: session.session };
  const profile = withoutRules(session.profile);
  const dialogue = [...session.dialogue];
  const own = textsOf(session);
  const single = { ...config, votes: 1, maxVotes: 1 };
  const benchOf = (model: ModelClient, mode: JudgeMode = config.mode): Bench => ({ config: { ...single, mode }, panel: [watch.watch(model, session.method, own)], options: signal ? { signal } : {} });
  // The same for every method, so that methods are asked about under equal orders.
  const seedOf = (repeat: number) => seedFrom(seed, 'judge check', session.userId, session.session, repeat);
  const rounds = <T>(ask: (bench: Bench, seed: number) => Promise<T>) => Promise.all(panel.map((model) => Promise.all(Array.from({ length: repeats }, (_, repeat) => ask(benchOf(model), seedOf(repeat))))));
  const { probe } = session;
  const [tasks, turns, other, probes] = await Promise.all([
    rounds((bench, callSeed) => judgeTask({ problem: session.problem, draftAnswer: session.finalDraft, seed: callSeed }, bench)),
    rounds((bench, callSeed) => judgeSession({ profile, dialogue, seed: callSeed }, bench)),
    judgeSession({ profile, dialogue, seed: seedOf(0) }, benchOf(panel[0]!, config.mode === 'session' ? 'turn' : 'session')),
    probe === null ? null : rounds((bench, callSeed) => judgeProbe({ profile, probe: probe.probe, dialogue: [...probe.dialogue], seed: callSeed }, bench)),
  ]);

  const said = <T extends { status: VerdictStatus }>(answers: T[][], say: (answer: T) => string) => answers.map((own) => own.map((answer) => (answer.status === VerdictStatus.SCORED ? say(answer) : null)));
  const items: RepeatedItem[] = [{ ...key, about: 'task', said: said(tasks, ({ correct }) => (correct ? 'right' : 'wrong')), turn: null }];
  if (probes) items.push({ ...key, about: 'probe', said: said(probes, ({ confused, followedId }) => (confused ? 'several' : followedId || 'neither')), turn: null });
  for (const [index, agentTurn] of agentTurns(dialogue).entries()) {
    for (const { id, rule } of session.profile.preferences) {
      items.push({
        ...key,
        about: 'turn',
        said: said(turns.map((own) => own.map((verdicts) => verdicts[index]!)), (verdict) => saidOf(verdict, id)),
        turn: {
          turn: index,
          preference: id,
          rule,
          ruled: rule === '' ? null : checkRule(rule, agentTurn.reply, agentTurn),
          firstHalf: panel.map(() => Array.from({ length: repeats }, (_, repeat) => inFirstHalf(profile, id, config.mode === 'turn' ? seedFrom(seedOf(repeat), 'turn', index) : seedOf(repeat)))),
          otherMode: other[index]?.status === VerdictStatus.SCORED ? saidOf(other[index], id) : null,
        },
      });
    }
  }
  return items;
}

/** The session's own texts, longest first, so that none is cut by another that it holds. */
export function textsOf({ dialogue, probe, problem, finalDraft, profile }: CheckedSession): string[] {
  const dialogues = [dialogue, ...(probe ? [probe.dialogue] : []), ...agentTurns(dialogue).map(({ position }) => dialogue.slice(0, position + 1))];
  const texts = [...dialogues.map(dialogueText), problem.task?.problem ?? '', problem.solution, finalDraft, ...profile.preferences.map(preferenceText)];
  return [...new Set(texts)].sort((a, b) => b.length - a.length);
}

function withoutRules(profile: Profile): Profile {
  return { ...profile, preferences: profile.preferences.map((preference) => ({ ...preference, rule: '' })) };
}

function saidOf({ followedIds, violations, applicableIds, overAppliedIds }: TurnVerdict, id: string): TurnSaid {
  if (followedIds.includes(id)) return 'followed';
  if (violations.some(({ preferenceId }) => preferenceId === id)) return 'violated';
  if (applicableIds.includes(id)) return 'undecided';
  return overAppliedIds.includes(id) ? 'over_applied' : 'not_applicable';
}

function inFirstHalf({ preferences }: Profile, id: string, seed: number): boolean {
  const shown = shuffled(preferences, seed);
  return shown.idsOf(preferences.map((_, index) => index + 1)).indexOf(id) * 2 < shown.count;
}

export interface AskSessionDeps {
  config: JudgeConfig;
  panel: readonly ModelClient[];
  repeats: number;
  seed: number;
  watch: PromptWatch;
  signal?: AbortSignal | undefined;
}
