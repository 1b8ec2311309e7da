import { TurnVerdict, VerdictStatus } from '../../gen/attune/judge/v1/judge.ts';
import { CardEffect, RetrievalTrace, VectorMode } from '../../gen/attune/preference/v1/preference.ts';
import { Profile } from '../../gen/attune/profile/v1/profile.ts';
import { SessionRecord, SessionStatus, TurnRecord } from '../../gen/attune/record/v1/record.ts';
import { Probe } from '../../gen/attune/simulator/v1/simulator.ts';
import type { RunItem } from './input.ts';
import { readMemory } from './read-memory.ts';
import type { MemoryOfSession } from './read-memory.ts';

/** A user with a conflict group of two and two preferences by themselves; `TEXTS` are notes that express them. */
export const SAMPLE_PROFILE = Profile.fromPartial({
  userId: 'u-01',
  preferences: [
    { id: 'steps', condition: 'a procedure or a sequence of steps is explained', action: 'use numbered steps with a short transition from one to the next', conflictGroup: 'format', rule: 'numbered-steps' },
    { id: 'bullets', condition: 'several items or options are listed', action: 'present them as bullets with consistent indentation', conflictGroup: 'format', rule: 'bullets' },
    { id: 'short', condition: 'I say "quick question" or "briefly"', action: 'answer in three sentences at most', rule: 'max-three-sentences' },
    { id: 'thanks', condition: 'I thank you', action: 'give a brief acknowledgement and add nothing', rule: 'brief-acknowledgement' },
  ],
});

export const TEXTS = {
  steps: 'When a procedure is explained, use numbered steps with a short transition.',
  bullets: 'When several options are listed, present them as bullets with consistent indentation.',
  short: 'When I say "briefly", answer in three sentences at most.',
  thanks: 'When I thank you, give a brief acknowledgement and add nothing.',
  junk: 'Always: say it again like that.',
} as const;

/** One hand-made session; what is not told is empty. */
export function sampleItem(session: number, turns: readonly SampleTurn[], more: SampleMore = {}): RunItem {
  const record = SessionRecord.fromPartial({
    schemaVersion: 1,
    method: more.method ?? 'sample',
    userId: more.userId ?? SAMPLE_PROFILE.userId,
    session,
    problemId: `problem-${session}`,
    status: SessionStatus.OK,
    greeting: 'Hello.',
    turns: turns.map((turn, index) => turnRecord(turn, index, turns[index - 1])),
    ...(more.probe && { probe: Probe.fromPartial(more.probe) }),
    faults: (more.runaways ?? []).map((turn) => ({ kind: 'sim_runaway', turn, detail: '' })),
    usage: more.extractor ? [{ role: 'extractor', model: 'sim', calls: 1 }] : [],
    ...(more.endFeedback && { endFeedback: more.endFeedback }),
  });
  return { record, turns: turns.flatMap((turn, index) => (turn.applicable ? [verdictOf(turn, index)] : [])) };
}

/** Everything that is read from sessions in this order. */
export async function readAll(items: readonly RunItem[], { profiles = [SAMPLE_PROFILE], k = 2 }: { profiles?: readonly Profile[]; k?: number } = {}): Promise<MemoryOfSession[]> {
  const read: MemoryOfSession[] = [];
  for await (const one of readMemory({ items: inTurn(items), profiles }, { k })) read.push(one);
  return read;
}

export async function* inTurn<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** A ranking of cards that a retrieval chose from; the first `chosen` are in the prompt. */
export function sampleRetrieval(cardIds: readonly string[], chosen: number, { without = cardIds.slice(0, chosen), vectorMode = VectorMode.LEARNED }: { without?: readonly string[]; vectorMode?: VectorMode } = {}): RetrievalTrace {
  const candidates = cardIds.map((cardId, index) => ({ cardId, probability: (cardIds.length - index) / ((cardIds.length * (cardIds.length + 1)) / 2) }));
  return RetrievalTrace.fromPartial({ candidates, chosenIds: cardIds.slice(0, chosen), chosenWithoutVectorIds: [...without], vectorMode, tau: 1 });
}

function turnRecord(turn: SampleTurn, index: number, before: SampleTurn | undefined): TurnRecord {
  return TurnRecord.fromPartial({
    turn: index,
    user: {
      userMessage: turn.says ?? `message ${index}`,
      enforcesPreferences: (turn.enforces ?? []).length > 0,
      enforcedPreferenceIds: [...(turn.enforces ?? [])],
      preferenceChecks: Object.entries(before?.checks ?? {}).map(([id, satisfied]) => ({ id, applies: true, satisfied, why: 'seen' })),
      probePlanted: turn.probePlanted ?? false,
    },
    ...(!turn.last && {
      agent: {
        agentMessage: turn.reply ?? 'A reply.',
        injected: { block: turn.block ?? '', cardIds: [...(turn.cardIds ?? [])], droppedMessages: turn.dropped ?? 0, ...(turn.coverage !== undefined && { coverage: turn.coverage }) },
        extracted: (turn.extracts ?? []).map((action) => ({ condition: '', action, confidence: 1 })),
        stored: (turn.stores ?? []).map(([cardId, note]) => ({ cardId, note, effect: CardEffect.CREATED })),
        ...(turn.retrieval && { retrieval: turn.retrieval }),
      },
    }),
  });
}

function verdictOf({ applicable = [], followed = [], overApplied = [], disagreed = [] }: SampleTurn, turn: number): TurnVerdict {
  const violations = applicable.filter((id) => !followed.includes(id)).map((preferenceId) => ({ preferenceId, type: 'wrong_style' }));
  return TurnVerdict.fromPartial({ turn, status: VerdictStatus.SCORED, applicableIds: [...applicable], followedIds: [...followed], violations, overAppliedIds: [...overApplied], ruleDecidedIds: [...disagreed], ruleDisagreedIds: [...disagreed], certainty: 0.9 });
}

export interface SampleTurn {
  says?: string;
  enforces?: readonly string[];
  reply?: string;
  block?: string;
  cardIds?: readonly string[];
  coverage?: number;
  dropped?: number;
  /** Actions that were extracted from what the user says here. */
  extracts?: readonly string[];
  /** Cards made of it: id and note. */
  stores?: readonly (readonly [string, string])[];
  retrieval?: RetrievalTrace;
  /** Without it the turn is not judged. */
  applicable?: readonly string[];
  followed?: readonly string[];
  overApplied?: readonly string[];
  disagreed?: readonly string[];
  /** What the user notes about this reply, by preference: whether it is satisfied. */
  checks?: Readonly<Record<string, boolean>>;
  probePlanted?: boolean;
  /** The user ends the session here. */
  last?: boolean;
}

interface SampleMore {
  method?: string;
  userId?: string;
  probe?: Partial<Probe>;
  runaways?: readonly number[];
  extractor?: boolean;
  endFeedback?: SessionRecord['endFeedback'];
}
