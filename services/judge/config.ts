import { readEnv } from '../platform/config.ts';
import type { ModelPlace } from '../platform/models/open-roles.ts';
import { chatModelEnv, listenEnv } from '../platform/service-env.ts';

/** What one call about turns says: the verdicts on all turns of a session, or the verdict on one turn, with nothing after it in sight. */
export const JUDGE_MODES = ['session', 'turn'] as const;
export type JudgeMode = (typeof JUDGE_MODES)[number];

/** How the judge asks its models (spec: algorithm.md 1.5). */
export interface JudgeConfig {
  /** Sampling temperature, 0 to 2. */
  temperature: number;
  /** The most tokens of one verdict; a session's turns get as much each, up to eight of them. */
  maxTokens: number;
  /** How JudgeSession asks. JudgeTurn asks for one turn whatever stands here. */
  mode: JudgeMode;
  /** How often each model of the panel is asked, from 1, with different seeds. */
  votes: number;
  /** How often each is asked at most, when the first votes disagree; at least `votes`. */
  maxVotes: number;
}

export const JUDGE_DEFAULTS: JudgeConfig = { temperature: 0, maxTokens: 1024, mode: 'session', votes: 1, maxVotes: 1 };

/**
 * Settings of a judge that runs alone; see `listenEnv` and `chatModelEnv` for the variables. ATTUNE_JUDGE_MODE, ATTUNE_JUDGE_VOTES and
 * ATTUNE_JUDGE_MAX_VOTES are the fields above. ATTUNE_JUDGE_PANEL names models that vote in place of ATTUNE_MODEL: each a name at
 * ATTUNE_MODEL_URL, or name@url; ATTUNE_API_KEY is sent to all of them.
 */
export function readJudgeConfig(source: Readonly<Record<string, string | undefined>>) {
  return readEnv(source, (env) => {
    const model = chatModelEnv(env);
    const votes = env.int('ATTUNE_JUDGE_VOTES', { default: JUDGE_DEFAULTS.votes, min: 1 });
    return {
      ...JUDGE_DEFAULTS,
      mode: env.choice('ATTUNE_JUDGE_MODE', JUDGE_MODES, { default: JUDGE_DEFAULTS.mode }),
      votes,
      maxVotes: env.int('ATTUNE_JUDGE_MAX_VOTES', { default: votes, min: votes }),
      listen: listenEnv(env, 50_054),
      panel: env.list('ATTUNE_JUDGE_PANEL', { optional: true })?.map((entry) => panelist(entry, model)) ?? [model],
    };
  });
}

function panelist(entry: string, model: ModelPlace): ModelPlace {
  const [, name, url] = /^(.+?)@(https?:\/\/.+)$/.exec(entry) ?? [];
  return name === undefined || url === undefined ? { ...model, model: entry } : { ...model, model: name, url: url.replace(/\/+$/, '') };
}
