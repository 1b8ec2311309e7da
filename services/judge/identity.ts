import type { JudgeIdentity } from '../gen/attune/judge/v1/judge.ts';
import { AttuneError } from '../platform/errors.ts';
import { hashHex } from '../platform/random.ts';
import type { JudgeConfig } from './config.ts';
import { prompts } from './prompts.ts';
import { PARSER_VERSION } from './verdict-format.ts';

/** Who judges: what must be equal for two scores to be comparable. `mode` is empty for verdicts that are not about turns. */
export function identityOf(config: Pick<JudgeConfig, 'votes'>, models: readonly string[], mode: string): JudgeIdentity {
  const hashes = Object.entries(judgePromptHashes()).map(([name, hash]) => `${name}=${hash}`);
  return {
    model: models.join('+'),
    promptHash: hashHex(hashes.sort().join('\n')),
    parserVersion: PARSER_VERSION,
    panel: models.length > 1 ? [...models] : [],
    mode,
    votes: config.votes,
  };
}

/** Hashes of the judge's prompts by name, for the run's manifest. */
export function judgePromptHashes(): Record<string, string> {
  return Object.fromEntries(Object.entries(prompts).map(([name, prompt]) => [`judge/${name}`, prompt.hash]));
}

/** Refuses votes that could not be counted, or that would never be asked for. Throws `invalid_argument`. */
export function checkVoting({ votes, maxVotes }: Pick<JudgeConfig, 'votes' | 'maxVotes'>, judges: number): void {
  if (judges < 1) throw new AttuneError('invalid_argument', 'A judge needs at least one model; found an empty panel.');
  if (maxVotes < votes) throw new AttuneError('invalid_argument', `The most votes of a judge must be at least its votes; found ${maxVotes} and ${votes}.`);
  if (maxVotes > votes && votes * judges === 1) {
    throw new AttuneError('invalid_argument', `Up to ${maxVotes} votes where the first disagree need at least two first ones, found one; ask for 2 votes or more, or name a panel.`);
  }
}
