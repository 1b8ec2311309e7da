import { RetrievalTrace, VectorMode } from '../../gen/attune/preference/v1/preference.ts';
import type { Candidate, Card, RetrieveRequest, RetrieveResponse } from '../../gen/attune/preference/v1/preference.ts';
import { AttuneError } from '../../platform/errors.ts';
import { createUsageMeter } from '../../platform/models/index.ts';
import type { CallOptions, ModelClient } from '../../platform/models/index.ts';
import { seedFrom } from '../../platform/random.ts';
import { clip } from '../clip.ts';
import type { PreferenceStoreConfig } from '../config.ts';
import { extractPrompts } from '../extraction/extract.ts';
import { requireSpace, vectorsIn } from '../feedback/stored-vectors.ts';
import type { ItemProjection } from '../memory/item-projection.ts';
import { sessionOf } from '../memory/tenant.ts';
import type { Tenant } from '../memory/tenant.ts';
import { normalised } from '../memory/vectors.ts';
import type { Hit, MemoryStore } from '../stores/store.ts';
import { actingVectors } from '../vectors/controls.ts';
import type { ActingMode } from '../vectors/controls.ts';
import { scoreBase, scorePolicy } from '../vectors/score-policy.ts';
import type { PolicyScores } from '../vectors/score-policy.ts';
import type { BaseScorer } from './base-score.ts';
import { choose } from './choose.ts';
import { fuse } from './fuse.ts';
import { byConfirmation } from './order.ts';
import { queryType } from './query-type.ts';

/**
 * Chooses cards for a message (spec: algorithm.md 5.1): the cards that always apply, at most `mostGlobals`; then of the others the closest `topK`, which a scorer
 * rates and the user vector shifts, and of which the best `topJ` are chosen. The trace holds every candidate with its scores, what was chosen, and what would have
 * been chosen without the vector.
 */
export async function retrieve(request: RetrieveRequest, config: PreferenceStoreConfig, deps: RetrieveDeps, signal: AbortSignal): Promise<RetrieveResponse> {
  const { tenant, session } = sessionOf(request.key);
  const { store } = deps;
  if (request.all) {
    const cards = (await store.read(tenant)).cards.filter((card) => card.supersededBy === '');
    return { globals: cards.filter((c) => c.isGlobal), chosen: cards.filter((c) => !c.isGlobal), trace: undefined, usage: [] };
  }
  const overview = await store.overview(tenant);
  const globals = overview.globals.sort(byConfirmation).slice(0, config.mostGlobals);
  const exclude = new Set(globals.map((card) => card.cardId));
  const type = config.queryTransform ? queryType(request.userMessage) : null;
  const trace = RetrievalTrace.fromPartial({ globalIds: [...exclude], queryType: type ?? '', vectorMode: modeOf(request), tau: config.tau });
  if (overview.standing === exclude.size) return { globals, chosen: [], trace, usage: [] };

  const meter = createUsageMeter();
  const call = { signal, meter };
  const message = clip(request.userMessage, config.longestMessageTokens);
  const limit = request.topK || config.topK;
  const queries = await embedQueries(message, type, deps.embedding, call);
  const hits = fuse(await store.search(tenant, { queries, limit, exclude, words: config.hybrid ? message : null }), limit);
  const seed = seedFrom('retrieve', tenant.userId, session, request.turn);
  const relevance = await deps.scorer(message, hits, { ...call, seed });
  const s0 = relevance.map((p) => Math.log(p));
  const policy = await policyOf(trace.vectorMode, { tenant, session }, s0, hits, config, deps);
  trace.candidates = hits.map((hit, index) => candidateOf(hit, s0[index]!, policy, index));
  const pick = ({ scores, probabilities }: PolicyScores) => choose(hits, { scores: [...scores], probabilities: [...probabilities], relevance }, request.topJ || config.topJ, config, seed);
  const chosen = pick(policy);
  const idsOf = (indices: readonly number[]) => indices.map((index) => hits[index]!.card.cardId);
  trace.chosenIds = idsOf(chosen);
  trace.chosenWithoutVectorIds = trace.vectorMode === VectorMode.OFF ? trace.chosenIds : idsOf(pick(scoreBase(s0, config.tau)));
  return { globals, chosen: chosen.map((index): Card => hits[index]!.card), trace, usage: meter.list() };
}

function modeOf({ vectorMode }: RetrieveRequest): VectorMode {
  if (vectorMode === VectorMode.UNRECOGNIZED) throw new AttuneError('invalid_argument', 'Retrieve got a vector mode that this version does not know.');
  return vectorMode === VectorMode.UNSPECIFIED ? VectorMode.OFF : vectorMode;
}

async function embedQueries(message: string, type: string | null, model: ModelClient, call: CallOptions): Promise<Float32Array[]> {
  const texts = type === null ? [message] : [message, extractPrompts.query.render({ type, message })];
  return (await model.embed(texts, call)).map(normalised);
}

/** Base scores plus what the user vector, or a control in its place, adds. */
async function policyOf(mode: VectorMode, at: { tenant: Tenant; session: number }, s0: readonly number[], hits: readonly Hit[], config: PreferenceStoreConfig, deps: RetrieveDeps): Promise<PolicyScores> {
  if (mode === VectorMode.OFF) return scoreBase(s0, config.tau);
  const space = requireSpace(deps.itemSpace);
  const learned = vectorsIn(at.session, await deps.store.lastStep(at.tenant), space);
  const { zLong, zShort } = actingVectors(ACTING[mode]!, learned, { seed: config.randomSeed, userKey: JSON.stringify([at.tenant.method, at.tenant.userId]), session: at.session });
  const data = new Float32Array(hits.length * space.dimensions);
  hits.forEach(({ item }, index) => data.set(item, index * space.dimensions));
  const { betaLong, betaShort, bilinear } = config.vectors;
  const items = { data, rows: hits.length, dimensions: space.dimensions };
  return scorePolicy({ s0, items, zLong, zShort, betaLong, betaShort, tau: config.tau, cosines: hits.map(({ dense }) => dense), bilinear });
}

const ACTING: Partial<Record<VectorMode, ActingMode>> = { [VectorMode.LEARNED]: 'learned', [VectorMode.FROZEN]: 'frozen', [VectorMode.RANDOM]: 'random' };

function candidateOf({ card, dense, sparse }: Hit, baseScore: number, policy: PolicyScores, index: number): Candidate {
  return { cardId: card.cardId, denseScore: dense, baseScore, bonus: policy.bonus[index]!, probability: policy.probabilities[index]!, sparseScore: sparse ?? 0 };
}

export interface RetrieveDeps {
  store: MemoryStore;
  embedding: ModelClient;
  scorer: BaseScorer;
  itemSpace: ItemProjection | null;
}
