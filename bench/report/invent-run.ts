import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { ProbeVerdict, TaskVerdict, TurnVerdict, VerdictStatus } from '../../services/gen/attune/judge/v1/judge.ts';
import type { ModelUsage } from '../../services/gen/attune/conversation/v1/conversation.ts';
import { VectorMode } from '../../services/gen/attune/preference/v1/preference.ts';
import type { Profile } from '../../services/gen/attune/profile/v1/profile.ts';
import { SessionRecord, SessionStatus, TurnRecord, VerdictRecord } from '../../services/gen/attune/record/v1/record.ts';
import { generateProfiles, problemBank } from '../../services/catalogue/index.ts';
import { createRandom, seedFrom, type Random } from '../../services/platform/random.ts';
import { createRunFolder, hashInputs } from '../../services/report/service.ts';
import { join } from 'node:path';

/**
 * Writes an invented run of about `sessions` sessions: seven methods, 30 sessions a user, about six turns and several kilobytes a record, a verdict for
 * each stage, a few failures and probes. Who is better at what is made up, so that curves and differences have something to show.
 */
export async function inventRun(dir: string, sessions: number): Promise<{ sessions: number; profiles: number }> {
  const count = Math.max(1, Math.ceil(sessions / (METHODS.length * SESSIONS)));
  const profiles = generateProfiles({ count, seed: 1 });
  const problems = problemBank();
  const inputs = { profiles, problems };
  const planned = count * METHODS.length * SESSIONS;
  await createRunFolder(
    dir,
    {
      schemaVersion: 1,
      runId: 'bench-report',
      name: 'bench-report',
      createdAt: '2026-01-02T03:04:05.000Z',
      attuneVersion: '0.1.0',
      codeVersion: 'unknown',
      seed: 1,
      experiment: { models: { prices: { [MODEL]: { promptPerMillion: 0.2, completionPerMillion: 0.6 } } } },
      methods: METHODS.map((name) => ({ name, summary: `Invented records of ${name}.`, version: '1' })),
      models: Object.fromEntries(['simulator', 'agent', 'memory', 'extractor', 'judge', 'embedding', 'reranker'].map((role) => [role, { endpoint: 'http://localhost:8000/v1', model: MODEL }])),
      simulated: false,
      tokenizer: 'o200k_base',
      promptHashes: { 'agent/base': 'ab'.repeat(32) },
      catalogueHash: 'ab'.repeat(32),
      simulatorCertificate: null,
      inputs: hashInputs(inputs),
      plan: { trajectories: count * METHODS.length, sessionsPerTrajectory: SESSIONS, sessionsPlanned: planned },
    },
    inputs,
  );
  const texts = inventTexts(createRandom(1));
  const records = createWriteStream(join(dir, 'sessions.ndjson'));
  const verdicts = createWriteStream(join(dir, 'verdicts.ndjson'));
  // Users take turns, as in a run with many trajectories under way: the lines of one user do not stand together.
  for (let session = 0; session < SESSIONS; session += 1) {
    for (const profile of profiles) {
      for (const method of METHODS) {
        const random = createRandom(seedFrom('bench', method, profile.userId, session));
        const problemId = problems[(session * 7 + count) % problems.length]!.task!.problemId;
        const record = inventRecord({ method, profile, session, problemId, random, texts });
        await write(records, SessionRecord.toJSON(record));
        for (const verdict of inventVerdicts(record, profile, random)) await write(verdicts, VerdictRecord.toJSON(verdict));
      }
    }
  }
  for (const stream of [records, verdicts]) {
    stream.end();
    await once(stream, 'finish');
  }
  return { sessions: planned, profiles: count };
}

const METHODS = ['vanilla', 'contextual', 'reflection', 'reflection_bestofn', 'all_memory', 'rag', 'rag_vector'] as const;
const SESSIONS = 30;
const MODEL = 'large';
const WITH_CARDS: readonly string[] = ['all_memory', 'rag', 'rag_vector'];

function inventRecord({ method, profile, session, problemId, random, texts }: Scene): SessionRecord {
  const skill = METHODS.indexOf(method) / METHODS.length;
  const replies = 4 + random.int(4);
  const failed = random.chance(0.004);
  const timeout = !failed && random.chance(0.1);
  const learned = Math.min(1, skill * (0.4 + session / 40));
  const cards = WITH_CARDS.includes(method) ? Array.from({ length: 7 }, (_, index) => `${profile.userId.slice(-8)}-0000-5000-8000-${String(index + 7 * random.int(3)).padStart(12, '0')}`) : [];
  const turns = Array.from({ length: replies }, (_, turn) => inventTurn(turn, { method, profile, random, texts, cards, learned, block: texts.blocks[random.int(texts.blocks.length)]! }));
  if (!timeout && !failed) turns.push(TurnRecord.fromPartial({ turn: replies, user: { userMessage: random.pick(texts.closings), draftAnswer: '42', stop: true, reasoning: random.pick(texts.reasons), preferenceChecks: inventChecks(profile, random, learned) } }));
  const group = profile.preferences.find(({ conflictGroup }) => conflictGroup !== '');
  const memory = METHODS.indexOf(method) === 0 ? 0 : 40 * session + random.int(100);
  const probe = group && seedFrom('probe', profile.userId, session) % 10 < 3;
  const asked = probe ? turns[1]?.user : undefined;
  if (asked) asked.probePlanted = true;
  return SessionRecord.fromPartial({
    schemaVersion: 1,
    method,
    userId: profile.userId,
    session,
    dataset: 'attune-bank',
    problemId,
    seed: seedFrom(profile.userId, session),
    status: failed ? SessionStatus.AGENT_ERROR : timeout ? SessionStatus.TIMEOUT : SessionStatus.OK,
    error: failed ? 'The agent gave no reply in time.' : '',
    attempts: failed ? 2 : 1,
    greeting: 'Hello! What can I help you with today?',
    turns,
    finalDraft: '42',
    memoryBefore: 'ab'.repeat(32),
    memoryAfter: 'cd'.repeat(32),
    memoryTokens: memory,
    userTokens: 30 * replies + random.int(60),
    agentTokens: 150 * replies + random.int(400),
    usage: usageOf([['agent', replies, 700 * replies, 150 * replies], ['simulator', replies + 1, 1500 * replies, 180 * replies], ...(cards.length > 0 ? [['extractor', replies, 230 * replies, 4 * replies], ['embedding', replies, 34 * replies, 0], ['reranker', replies, 150 * replies, 0]] as const : [])]),
    faults: random.chance(0.01) ? [{ kind: 'sim_runaway', turn: 1, detail: 'The message ran into its limit.' }] : [],
    ...(probe && { probe: { conflictGroup: group.conflictGroup, candidateIds: [group.id, 'rf_001'], expectedId: group.id, query: 'quick question', variant: ['aligned', 'neutral', 'adversarial'][session % 3]!, templateId: 't-1', cueSpan: 'quick', turn: 1 } }),
  });
}

function inventTurn(turn: number, { method, profile, random, texts, cards, learned, block }: TurnScene): TurnRecord {
  const enforces = turn > 0 && random.chance(0.45 * (1 - 0.6 * learned));
  const chosen = cards.slice(0, 3);
  const shifted = method === 'rag_vector' && random.chance(0.2) ? [...cards.slice(0, 2), ...cards.slice(3, 4)] : chosen;
  return TurnRecord.fromPartial({
    turn,
    user: {
      userMessage: random.pick(texts.messages),
      draftAnswer: turn > 1 ? '42' : "I don't know",
      preferenceChecks: turn > 0 ? inventChecks(profile, random, learned) : [],
      enforcesPreferences: enforces,
      enforcedPreferenceIds: enforces ? [random.pick(profile.preferences.slice(0, 8)).id] : [],
      expressesDisappointment: random.chance(0.05),
      agentWasClarifying: turn > 0 && random.chance(0.1),
      reasoning: random.pick(texts.reasons),
    },
    agent: {
      agentMessage: random.pick(texts.replies),
      injected: method === 'vanilla' ? { block: '', tokens: 0 } : { block, cardIds: cards, tokens: 160 },
      ...(cards.length > 0 && {
        extracted: random.chance(0.4) ? [{ condition: 'general', action: random.pick(texts.notes), confidence: 0.9 }] : [],
        retrieval: {
          candidates: cards.map((cardId) => ({ cardId, denseScore: random.next(), baseScore: -random.next(), bonus: random.next() / 10, probability: 0.1 })),
          chosenIds: chosen,
          chosenWithoutVectorIds: shifted,
          vectorMode: method === 'rag_vector' ? VectorMode.LEARNED : VectorMode.OFF,
          tau: 1,
        },
      }),
    },
  });
}

function inventChecks(profile: Profile, random: Random, learned: number) {
  return profile.preferences.slice(0, 4).map(({ id }) => ({ id, applies: true, satisfied: random.chance(0.5 + learned / 2), why: 'The last reply shows whether it does this.' }));
}

function* inventVerdicts(record: SessionRecord, profile: Profile, random: Random): Generator<VerdictRecord> {
  const base = { schemaVersion: 1, method: record.method, userId: record.userId, session: record.session, judge: { model: MODEL, promptHash: 'ab'.repeat(32), parserVersion: 1, mode: 'session', votes: 1 } };
  const skill = METHODS.findIndex((name) => name === record.method) / METHODS.length;
  const scored = () => (random.chance(0.01) ? { status: VerdictStatus.UNSCORED, reason: 'The answer did not parse.' } : { status: VerdictStatus.SCORED });
  yield VerdictRecord.fromPartial({
    ...base,
    stage: { $case: 'task', value: TaskVerdict.fromPartial({ ...scored(), correct: random.chance(0.5 + 0.3 * skill), reasoning: 'The answer was held against the result of the reference, step by step.', certainty: 0.9 }) },
    usage: usageOf([['judge', 1, 300, 20]]),
  });
  const turns = record.turns.filter(({ agent }) => agent).map(({ turn }) => {
    const applicable = profile.preferences.slice(0, 6).map(({ id }) => id);
    const cut = 1 + random.int(5);
    return TurnVerdict.fromPartial({
      turn,
      ...scored(),
      applicableIds: applicable,
      followedIds: applicable.slice(0, cut),
      violations: applicable.slice(cut).map((preferenceId) => ({ preferenceId, type: 'wrong_format' })),
      overAppliedIds: random.chance(0.1) ? [profile.preferences.at(-1)!.id] : [],
      ruleDecidedIds: applicable.slice(0, 3),
      certainty: 0.9,
    });
  });
  yield VerdictRecord.fromPartial({ ...base, stage: { $case: 'turns', value: { turns } }, usage: usageOf([['judge', 1, 1600, 200]]) });
  if (record.probe && record.turns.some(({ user, agent }) => user?.probePlanted && agent)) {
    const followedId = random.chance(0.5 + 0.3 * skill) ? record.probe.expectedId : record.probe.candidateIds[1]!;
    yield VerdictRecord.fromPartial({ ...base, stage: { $case: 'probe', value: ProbeVerdict.fromPartial({ ...scored(), followedId, confused: random.chance(0.05), turn: 1, certainty: 0.8 }) }, usage: usageOf([['judge', 1, 700, 30]]) });
  }
}

function usageOf(entries: readonly (readonly [role: string, calls: number, prompt: number, completion: number])[]): ModelUsage[] {
  return entries.map(([role, calls, promptTokens, completionTokens]) => ({ role, model: MODEL, calls, promptTokens, completionTokens, cachedPromptTokens: Math.floor(promptTokens / 3) }));
}

/** A few hundred texts of the usual lengths; picking one is much faster than making one. */
function inventTexts(random: Random): Texts {
  const words = 'answer list number please shorter table value step ring total explain format heading code which result before after check figure plan word unit price'.split(' ');
  const text = (length: number) => Array.from({ length: Math.max(1, Math.round(length * (0.5 + random.next()))) }, () => random.pick(words)).join(' ');
  const many = (count: number, length: number) => Array.from({ length: count }, () => text(length));
  return { messages: many(300, 20), replies: many(300, 80), reasons: many(50, 14), closings: many(20, 6), notes: many(50, 10), blocks: Array.from({ length: 40 }, () => `General:\n${many(6, 10).map((note) => `- ${note}`).join('\n')}`) };
}

async function write(stream: NodeJS.WritableStream, value: unknown): Promise<void> {
  if (!stream.write(`${JSON.stringify(value)}\n`)) await once(stream, 'drain');
}

interface Texts {
  messages: string[];
  replies: string[];
  reasons: string[];
  closings: string[];
  notes: string[];
  blocks: string[];
}

interface Scene {
  method: (typeof METHODS)[number];
  profile: Profile;
  session: number;
  problemId: string;
  random: Random;
  texts: Texts;
}

interface TurnScene extends Pick<Scene, 'method' | 'profile' | 'random' | 'texts'> {
  cards: string[];
  learned: number;
  block: string;
}
