import type { ExportUserResponse, ImportUserRequest, ImportUserResponse } from '../../gen/attune/preference/v1/preference.ts';
import { AttuneError } from '../../platform/errors.ts';
import type { MemoryStore } from '../stores/store.ts';
import type { ItemProjection } from './item-projection.ts';
import { tenantOf } from './tenant.ts';
import type { Tenant } from './tenant.ts';
import { comesAfter, replay, standingCards, stateHashOf } from './user-memory.ts';
import type { ScopeMode } from './card-text.ts';

const SCHEMA_VERSION = 1;

/** Everything of a user, or what stood before a session, in a form that any store takes. */
export async function exportUser(tenant: Tenant, deps: ExportDeps, beforeSession = Infinity): Promise<ExportUserResponse> {
  const log = await deps.store.readLog(tenant);
  const [remembered, feedback] = [log.remembered.filter((turn) => turn.session < beforeSession), log.feedback.filter((step) => step.session < beforeSession)];
  const itemSpace = remembered.some((turn) => turn.preferences.some((p) => p.itemVector.length > 0)) || feedback.length > 0 ? (deps.itemSpace?.sha256 ?? '') : '';
  return { memory: { schemaVersion: SCHEMA_VERSION, itemSpace, remembered, feedback }, stateHash: stateHashOf(replay({ remembered, feedback }, deps.scope)) };
}

/** Gives a user that the store knows nothing of an exported memory. The whole export is checked before anything is written. */
export async function importUser({ user, memory }: ImportUserRequest, deps: ExportDeps): Promise<ImportUserResponse> {
  const tenant = tenantOf(user);
  if (memory?.schemaVersion !== SCHEMA_VERSION) {
    throw new AttuneError('invalid_argument', `An exported memory should have schema_version ${SCHEMA_VERSION}, found ${memory?.schemaVersion ?? 'none'}; export it with this version of Attune.`);
  }
  const here = deps.itemSpace?.sha256 ?? '';
  if (memory.itemSpace !== '' && memory.itemSpace !== here) {
    throw new AttuneError('failed_precondition', `The exported vectors lie in the item space ${memory.itemSpace.slice(0, 12)} and this store uses ${here.slice(0, 12) || 'none'}; use the space of the export.`);
  }
  checkOrder(memory.remembered);
  checkOrder(memory.feedback);
  replay(memory, deps.scope);
  if (stateHashOf(await deps.store.read(tenant)) !== '') {
    throw new AttuneError('already_exists', `The store knows something of the user ${tenant.userId} already; forget the user first.`);
  }
  for (const turn of memory.remembered) await deps.store.remember(tenant, turn);
  for (const step of memory.feedback) await deps.store.addStep(tenant, step);
  const now = await deps.store.read(tenant);
  return { cards: standingCards(now), stateHash: stateHashOf(now) };
}

function checkOrder(entries: readonly { session: number; turn: number }[]): void {
  const misplaced = entries.findIndex((entry, index) => index > 0 && !comesAfter(entry, entries[index - 1]!));
  if (misplaced > 0) throw new AttuneError('invalid_argument', `Entry ${misplaced} of the exported memory does not come after the one before it; the export was changed or cut.`);
}

export interface ExportDeps {
  store: MemoryStore;
  itemSpace: ItemProjection | null;
  scope: ScopeMode;
}
