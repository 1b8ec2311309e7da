import { VerdictStatus } from '../../gen/attune/judge/v1/judge.ts';
import type { TurnVerdict } from '../../gen/attune/judge/v1/judge.ts';
import { VectorMode } from '../../gen/attune/preference/v1/preference.ts';
import type { RetrievalTrace, StoredCard } from '../../gen/attune/preference/v1/preference.ts';
import type { Profile } from '../../gen/attune/profile/v1/profile.ts';
import type { AgentTurn, SessionRecord, TurnRecord } from '../../gen/attune/record/v1/record.ts';
import type { Probe } from '../../gen/attune/simulator/v1/simulator.ts';
import { bySchedule } from '../records/by-schedule.ts';
import type { RunItem } from './input.ts';
import type { Matcher } from './match.ts';
import { wishText } from './match.ts';
import { firstLineOf, readPromptNotes } from './prompt-notes.ts';
import type { MessageView, NoteView, RankedCard, SessionView, TurnView, VerdictView, Voiced } from './session-view.ts';

/**
 * Reads the sessions of one method and user in order, and keeps between them only what later ones ask about: which preferences were voiced and extracted, where the
 * first time and lately, and what each card says. Its size is bounded by the profile and by the user's cards.
 */
export function followTrajectory(profile: Profile, matcher: Matcher): { read(item: RunItem): SessionView } {
  const stated = createVoices();
  const extracted = createVoices();
  const cards = new Map<string, NoteView>();
  const seen = { extracts: false, memory: false };
  const note = (text: string): NoteView => ({ text, ids: matcher.match(text) });

  const readMessage = (record: SessionRecord, turn: TurnRecord, agent: Pick<AgentTurn, 'extracted' | 'stored'>, made: NewCard[]): MessageView => {
    const found = agent.extracted.map((one) => note(wishText(one)));
    const at = (text: string): Voiced => ({ session: record.session, turn: turn.turn, text });
    for (const id of turn.user?.enforcedPreferenceIds ?? []) stated.add(id, at(turn.user!.userMessage));
    for (const { text, ids } of found) for (const id of ids) extracted.add(id, at(text));
    for (const one of agent.stored) keepCard(one, made);
    return { extracted: found, enforced: turn.user?.enforcedPreferenceIds ?? [] };
  };
  const keepCard = ({ cardId, note: text, supersededCardId }: StoredCard, made: NewCard[]) => {
    if (!cards.has(cardId)) {
      const known = note(text);
      cards.set(cardId, known);
      made.push({ cardId, note: known });
    }
    cards.delete(supersededCardId);
  };

  const readTurn = (item: RunItem, index: number, agent: AgentTurn): TurnView => {
    const { record } = item;
    const { turn, user } = record.turns[index]!;
    const { block, cardIds } = agent.injected ?? { block: '', cardIds: [] };
    const prompt = readPromptNotes(block);
    const notes = prompt.notes.map(note);
    // Runs of earlier versions do not say what was stored, but what was injected; each card is one bullet.
    if (cardIds.length === notes.length) cardIds.forEach((cardId, place) => cards.has(cardId) || cards.set(cardId, notes[place]!));
    const voices = stated.now();
    const inMemory = new Set(notes.flatMap(({ ids }) => ids));
    if (prompt.isHistory) for (const [id, places] of voices) if (places.some(({ text }) => prompt.said.has(firstLineOf(text)))) inMemory.add(id);
    if (block !== '') seen.memory = true;
    return {
      turn,
      verdict: verdictOf(item.turns?.find((verdict) => verdict.turn === turn), user?.probePlanted ? record.probe : undefined),
      notes: prompt.isHistory ? null : notes,
      inMemory,
      inDialogue: record.turns.some((one) => one.user?.enforcesPreferences) ? askedInDialogue(record, index, agent.injected?.droppedMessages ?? 0) : NOBODY,
      stated: voices,
      extracted: extracted.now(),
      ranking: agent.retrieval ? rankingOf(agent.retrieval, cards) : null,
      vector: agent.retrieval ? vectorOf(agent.retrieval) : null,
      checks: (record.turns[index + 1]?.user ?? record.finalCheck)?.preferenceChecks ?? [],
      asked: user?.enforcedPreferenceIds ?? [],
      runaway: record.faults.some((fault) => fault.kind === 'sim_runaway' && fault.turn === turn),
    };
  };

  return {
    read(item) {
      const { record } = item;
      seen.extracts ||= extractsIn(record);
      const messages: MessageView[] = [];
      const turns: TurnView[] = [];
      const newCards: NewCard[] = [];
      record.turns.forEach((turn, index) => {
        const isLast = index === record.turns.length - 1;
        const end = { extracted: record.endExtracted, stored: record.endStored };
        if (turn.user) messages.push(readMessage(record, turn, turn.agent ?? (isLast ? end : NOTHING), newCards));
        if (turn.agent) turns.push(readTurn(item, index, turn.agent));
      });
      const shown = new Set(turns.flatMap(({ inMemory }) => [...inMemory]));
      return {
        method: record.method,
        userId: record.userId,
        session: record.session,
        preferences: profile.preferences.length,
        turns,
        extracts: seen.extracts,
        revealed: new Set(stated.now().keys()),
        known: seen.extracts ? new Set(extracted.now().keys()) : seen.memory ? shown : null,
        messages,
        newCards,
        coverage: record.turns[0]?.agent?.injected?.coverage ?? null,
      };
    },
  };
}

type NewCard = SessionView['newCards'][number];

/** Where each preference was voiced: the first time and the latest few, which is what a history can still hold and what evidence shows. */
function createVoices(): { add(id: string, at: Voiced): void; now(): ReadonlyMap<string, readonly Voiced[]> } {
  let voices: ReadonlyMap<string, readonly Voiced[]> = new Map();
  return {
    // Views keep what was so when they were made, so a change makes a new map.
    add(id, at) {
      const before = voices.get(id) ?? [];
      voices = new Map([...voices, [id, before.length < MOST_PLACES ? [...before, at] : [before[0]!, ...before.slice(2), at]]]);
    },
    now: () => voices,
  };
}

const MOST_PLACES = 4;
const NOTHING = { extracted: [], stored: [] };
const NOBODY: ReadonlySet<string> = new Set();

function extractsIn(record: SessionRecord): boolean {
  return record.endExtracted.length > 0 || record.usage.some(({ role }) => role === 'extractor') || record.turns.some(({ agent }) => agent && (agent.extracted.length > 0 || agent.retrieval));
}

/** What the user enforced up to this reply, in messages that the model was shown: when the context is full, the greeting goes first, then the oldest but for the first user message. */
function askedInDialogue({ turns, greeting }: SessionRecord, index: number, dropped: number): Set<string> {
  const places = turns.slice(0, index + 1).flatMap(({ user }, turn) => (user?.enforcesPreferences ? [{ user, turn }] : []));
  // Of the dialogue's messages, turn 0 is kept; before turn t > 0 stand the greeting and t - 1 further exchanges and one reply.
  const before = (turn: number) => (greeting === '' ? 0 : 1) + 2 * turn - 1;
  return new Set(places.filter(({ turn }) => turn === 0 || turn === index || before(turn) >= dropped).flatMap(({ user }) => user.enforcedPreferenceIds));
}

function rankingOf({ candidates, chosenIds }: RetrievalTrace, cards: ReadonlyMap<string, NoteView>): RankedCard[] {
  const place = new Map(chosenIds.map((cardId, index) => [cardId, index]));
  const order = (cardId: string) => place.get(cardId) ?? chosenIds.length;
  return [...candidates]
    .sort((a, b) => order(a.cardId) - order(b.cardId) || b.probability - a.probability)
    .map(({ cardId, probability, bonus }) => ({ cardId, note: cards.get(cardId) ?? null, chosen: place.has(cardId), probability, bonus }));
}

function vectorOf({ vectorMode, candidates, chosenIds, chosenWithoutVectorIds }: RetrievalTrace): { changed: boolean } | null {
  if ((vectorMode !== VectorMode.LEARNED && vectorMode !== VectorMode.RANDOM) || candidates.length === 0) return null;
  const without = new Set(chosenWithoutVectorIds);
  return { changed: without.size !== chosenIds.length || chosenIds.some((cardId) => !without.has(cardId)) };
}

function verdictOf(judged: TurnVerdict | undefined, probe: Probe | undefined): VerdictView | null {
  if (judged?.status !== VerdictStatus.SCORED) return null;
  const verdict = probe ? bySchedule(judged, probe) : judged;
  const applicable = new Set(verdict.applicableIds);
  const violated = [...new Set(verdict.violations.map(({ preferenceId }) => preferenceId))].filter((id) => applicable.has(id));
  return {
    applicable,
    followed: new Set(verdict.followedIds.filter((id) => applicable.has(id) && !violated.includes(id))),
    violated,
    overApplied: new Set(verdict.overAppliedIds),
    ruleDecided: new Set(verdict.ruleDecidedIds),
    ruleDisagreed: new Set(verdict.ruleDisagreedIds),
  };
}
