import { readFileSync } from 'node:fs';
import { cataloguePreferences, problemBank } from '../../catalogue/index.ts';
import type { CataloguePreference } from '../../catalogue/index.ts';
import { Role } from '../../gen/attune/conversation/v1/conversation.ts';
import type { Message } from '../../gen/attune/conversation/v1/conversation.ts';
import { ComparePairRequest, JudgeProbeRequest, JudgeSessionRequest, JudgeTaskRequest } from '../../gen/attune/judge/v1/judge.ts';
import { Preference, Profile } from '../../gen/attune/profile/v1/profile.ts';

/**
 * The anchors: questions whose answer nobody doubts (anchors.json, over the catalogue's examples and the problem bank). A known good and a known bad case, an empty
 * answer, a dialogue judged for another user, and a pair of equal dialogues. Their preferences name no rule check, so that the model itself has to answer.
 */
export function anchors(): Anchor[] {
  const source = JSON.parse(readFileSync(new URL('./anchors.json', import.meta.url), 'utf8')) as AnchorFile;
  const problems = new Map(problemBank().map((problem) => [problem.task?.problemId, problem]));
  return [
    ...source.task.map(({ kind, problem, answer }): Anchor => ({
      question: 'task', kind, id: problem, expected: kind === 'known_good' ? ['right'] : ['wrong'],
      request: JudgeTaskRequest.fromPartial({ problem: problems.get(problem)!, draftAnswer: answer }),
    })),
    ...source.turns.map(({ kind, dialogue, preference }): Anchor => ({
      question: 'turns', kind, id: preference, expected: EXPECTED_TURNS[kind],
      request: JudgeSessionRequest.fromPartial({ profile: userWith(preference, ...STRANGERS), dialogue: dialogueOf(example(dialogue), replyFor(kind, example(dialogue))) }),
    })),
    ...source.probe.map(({ kind, candidates, reply }): Anchor => {
      const asked = example(reply?.follows ?? reply?.breaks ?? candidates[0]!);
      const text = reply === null ? '' : reply.follows === undefined ? asked.example_violation : asked.example_compliance;
      const request = JudgeProbeRequest.fromPartial({ profile: userWith(...candidates), probe: { candidateIds: candidates }, dialogue: dialogueOf(asked, text) });
      return { question: 'probe', kind, id: candidates.join(' or '), expected: [reply?.follows ?? 'neither'], request };
    }),
    ...source.pair.map(({ kind, dialogue }): Anchor => {
      const one = example(dialogue);
      const good = dialogueOf(one, one.example_compliance);
      const other = kind === 'identical_pair' ? good : dialogueOf(one, kind === 'empty_answer' ? '' : one.example_violation);
      const [first, second] = kind === 'known_bad' ? [other, good] : [good, other];
      return { question: 'pair', kind, id: dialogue, expected: [EXPECTED_PAIR[kind]], request: ComparePairRequest.fromPartial({ profile: userWith(dialogue), first, second }) };
    }),
  ];
}

/** An empty reply keeps nothing; whether a preference applies to it at all is a matter of taste. */
const EXPECTED_TURNS: Record<AnchorKind, readonly string[]> = {
  known_good: ['followed'],
  known_bad: ['violated'],
  wrong_user: ['not applicable'],
  empty_answer: ['not applicable', 'violated', 'neither'],
  identical_pair: [],
};

const EXPECTED_PAIR: Record<AnchorKind, string> = { known_good: 'first', known_bad: 'second', empty_answer: 'first', identical_pair: 'tie', wrong_user: 'tie' };

/** Preferences that make the list longer and whose conditions hold in no anchor. */
const STRANGERS = ['cs_003', 'oa_004'] as const;

function replyFor(kind: AnchorKind, { example_compliance, example_violation }: CataloguePreference): string {
  if (kind === 'empty_answer') return '';
  return kind === 'known_bad' ? example_violation : example_compliance;
}

function dialogueOf({ example_request }: CataloguePreference, reply: string): Message[] {
  return [
    { role: Role.USER, content: example_request },
    { role: Role.ASSISTANT, content: reply },
  ];
}

function userWith(...ids: string[]): Profile {
  const preferences = [...new Set(ids)].map(example).map(({ id, category, condition, action, cues }) => Preference.fromPartial({ id, category, condition, action, cues }));
  return Profile.fromPartial({ userId: 'anchor', preferences });
}

function example(id: string): CataloguePreference {
  const found = cataloguePreferences('v2').find((preference) => preference.id === id);
  if (!found) throw new RangeError(`anchors.json names the preference ${id}, which the catalogue does not have.`);
  return found;
}

export type AnchorKind = 'known_good' | 'known_bad' | 'identical_pair' | 'wrong_user' | 'empty_answer';

interface AnchorBase {
  kind: AnchorKind;
  /** What of the catalogue or the bank it is about. */
  id: string;
  /** Answers that are right. */
  expected: readonly string[];
}

export type Anchor = AnchorBase &
  ({ question: 'task'; request: JudgeTaskRequest } | { question: 'turns'; request: JudgeSessionRequest } | { question: 'probe'; request: JudgeProbeRequest } | { question: 'pair'; request: ComparePairRequest });

export type AnchorQuestion = Anchor['question'];

interface AnchorFile {
  task: { kind: AnchorKind; problem: string; answer: string }[];
  /** `dialogue` is the preference whose example is judged, `preference` the one that the judge is asked about. */
  turns: { kind: AnchorKind; dialogue: string; preference: string }[];
  /** The reply is the example that follows or breaks a preference; null is an empty one. */
  probe: { kind: AnchorKind; candidates: string[]; reply: { follows?: string; breaks?: string } | null }[];
  pair: { kind: AnchorKind; dialogue: string }[];
}
