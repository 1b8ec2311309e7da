import { preferenceText } from '../../../catalogue/index.ts';
import type { Profile } from '../../../gen/attune/profile/v1/profile.ts';
import { createRandom, seedFrom } from '../../../platform/random.ts';
import { byText } from '../../text-order.ts';
import type { Manifest } from '../../manifest.ts';
import type { MemoryOfSession } from '../../memory/read-memory.ts';
import { analyseVectors } from '../../user-vectors/analyse-method.ts';
import type { VectorUser } from '../../user-vectors/analyse-method.ts';
import { createItemTruths } from '../../user-vectors/item-truths.ts';
import { learningParamsOf } from '../../user-vectors/learning-params.ts';
import { rebuildVectors } from '../../user-vectors/rebuild-vectors.ts';
import type { RebuiltVectors } from '../../user-vectors/rebuild-vectors.ts';
import type { VectorsOfMethod, VectorsSection } from './model.ts';

/**
 * Collects what the records say about user vectors while sessions are read (sorted by method, user and session) and analyses it at the end (spec: algorithm.md 7.6).
 * Holds one trajectory, and for each method the vectors of at most MOST_USERS users. Where several runs hold the same method and user, the first one counts: a user and
 * its own copy are no pair of users. `finish` gives methods in the order of `methods`, or null when none learned vectors.
 */
export function createVectorsSection({ manifest, profiles, methods }: VectorsOfRun): { add(read: MemoryOfSession): void; finish(): VectorsSection | null } {
  const params = learningParamsOf(manifest);
  const compared = new Map(drawUsers(profiles, manifest.seed).map((profile) => [profile.userId, profile]));
  const textsOf = new Map(profiles.map(({ userId, preferences }) => [userId, new Map(preferences.map((one) => [one.id, preferenceText(one)]))]));
  const wanted = new Set([...compared.keys()].flatMap((userId) => [...textsOf.get(userId)!.values()]));
  const facts = new Map<string, MethodFacts>();
  let user: UserFacts | null = null;

  const finishUser = () => {
    if (!user) return;
    const { method } = user;
    const rebuilt = user.rebuild.finish();
    const texts = textsOf.get(user.userId)!;
    for (const { cardId, note } of user.cards) {
      const [id] = note.ids;
      const item = rebuilt.items.get(cardId);
      if (id !== undefined && note.ids.length === 1 && item) method.truths.add(texts.get(id)!, item);
    }
    for (const { session, norm } of rebuilt.norms) {
      const norms = method.norms.get(session);
      if (norms) norms.push(norm);
      else method.norms.set(session, [norm]);
    }
    method.learned ||= rebuilt.learned;
    const isCompared = compared.has(user.userId);
    if (isCompared && rebuilt.learned && rebuilt.lost) method.lost[rebuilt.lost] += 1;
    if (isCompared && rebuilt.vectors) method.compared.push({ userId: user.userId, revealed: textsOfIds(user.revealed, texts), tasks: user.tasks, vectors: rebuilt.vectors });
    user = null;
  };

  const analysed = (name: string, found: MethodFacts): VectorsOfMethod => {
    const users = found.compared.map(({ userId, revealed, tasks, vectors }): VectorUser => {
      const wishes = new Set(textsOf.get(userId)!.values());
      const { truth, covered } = found.truths.truthOf(wishes);
      return { userId, revealed, tasks, wishes, truth, wishesCovered: covered, ...vectors };
    });
    const { no_items: unplaced, other_lengths: differing } = found.lost;
    return {
      method: name,
      users: found.users.size,
      usersCompared: compared.size,
      usersWithVectors: users.length,
      missing: [
        ...(unplaced > 0 ? [`The records of ${unplaced} users do not say where their cards lie in the item space; a run made with this version does.`] : []),
        ...(differing > 0 ? [`The vectors of ${differing} users, learned again from the records, do not have the recorded lengths; the service that kept them may use other rates than the experiment says.`] : []),
      ],
      ...(users.length > 0 ? analyseVectors(users, params, { seed: manifest.seed }) : NOTHING),
      rankFlips: { turns: found.turns, changed: found.changed },
      norms: [...found.norms]
        .sort(([a], [b]) => a - b)
        .map(([session, norms]) => ({ session, users: norms.length, mean: norms.reduce((a, b) => a + b, 0) / norms.length, max: norms.reduce((a, b) => Math.max(a, b), 0) })),
    };
  };

  return {
    add({ item: { record }, view }) {
      const method = facts.get(record.method) ?? newFacts(wanted);
      facts.set(record.method, method);
      if (user?.method !== method || user.userId !== record.userId || record.session <= user.session) {
        finishUser();
        if (method.users.has(record.userId)) return;
        method.users.add(record.userId);
        const placebos = compared.has(record.userId) ? PLACEBOS : 0;
        user = { userId: record.userId, method, session: -1, rebuild: rebuildVectors(params, { userId: record.userId, placebos, seed: manifest.seed }), cards: [], revealed: new Set(), tasks: new Set() };
      }
      user.session = record.session;
      user.rebuild.read(record);
      user.cards.push(...view.newCards);
      user.revealed = view.revealed;
      user.tasks.add(record.problemId);
      for (const { vector } of view.turns) {
        method.turns += vector ? 1 : 0;
        method.changed += vector?.changed ? 1 : 0;
      }
    },
    finish() {
      finishUser();
      const learned = methods.flatMap((name) => {
        const found = facts.get(name);
        return found?.learned ? [analysed(name, found)] : [];
      });
      return learned.length > 0 ? { methods: learned } : null;
    },
  };
}

/** All pairs of 150 users are 11,175; 10,000 permutations of them for each of six tables take seconds. */
const MOST_USERS = 150;
/** The smallest p that a placebo can give is then 1 / 41. */
const PLACEBOS = 40;
const NOTHING = { long: null, short: null, combined: null, trueProfiles: null, exposureControlled: null, groundTruth: null, placebo: null, splitHalf: null, map: null };

function newFacts(wanted: ReadonlySet<string>): MethodFacts {
  return { users: new Set(), learned: false, turns: 0, changed: 0, norms: new Map(), lost: { no_items: 0, other_lengths: 0 }, compared: [], truths: createItemTruths(wanted) };
}

function drawUsers(profiles: readonly Profile[], seed: number): Profile[] {
  const sorted = [...profiles].sort((a, b) => byText(a.userId, b.userId));
  return sorted.length <= MOST_USERS ? sorted : createRandom(seedFrom('users compared', seed)).shuffle(sorted).slice(0, MOST_USERS);
}

function textsOfIds(ids: ReadonlySet<string>, texts: ReadonlyMap<string, string>): Set<string> {
  return new Set([...ids].flatMap((id) => texts.get(id) ?? []));
}

interface VectorsOfRun {
  readonly manifest: Pick<Manifest, 'experiment' | 'seed'>;
  readonly profiles: readonly Profile[];
  /** In the report's order. */
  readonly methods: readonly string[];
}

interface MethodFacts {
  readonly users: Set<string>;
  learned: boolean;
  turns: number;
  changed: number;
  readonly norms: Map<number, number[]>;
  readonly lost: Record<'no_items' | 'other_lengths', number>;
  readonly compared: { userId: string; revealed: ReadonlySet<string>; tasks: ReadonlySet<string>; vectors: NonNullable<RebuiltVectors['vectors']> }[];
  readonly truths: ReturnType<typeof createItemTruths>;
}

interface UserFacts {
  readonly userId: string;
  readonly method: MethodFacts;
  /** The latest that was read. */
  session: number;
  readonly rebuild: ReturnType<typeof rebuildVectors>;
  readonly cards: MemoryOfSession['view']['newCards'][number][];
  revealed: ReadonlySet<string>;
  readonly tasks: Set<string>;
}
