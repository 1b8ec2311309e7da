import { RoleAccount, type Event } from '../../gen/attune/event/v1/event.ts';
import type { ModelUsage, SessionKey } from '../../gen/attune/conversation/v1/conversation.ts';
import type { Experiment } from '../../orchestrator/service.ts';
import { createUsageMeter } from '../../platform/models/index.ts';

/**
 * Counts the model calls that other processes made for a run, as the facts of it tell: turns at once, what remains of a session at its end, and verdicts. Calls that
 * this process's own models made are known already and pass by. A fact that comes twice counts once, and so does a turn of a repeated session that a cache answered:
 * it tells of the same calls again.
 */
export function createToldSpending(experiment: Experiment, { onSpent }: { onSpent(usage: ModelUsage): void }): ToldSpending {
  const isOurs = ownCalls(experiment);
  const isCached = experiment.models.cache !== 'off';
  const open = new Map<string, OpenSession>();
  const over = new Set<string>();
  const ownVerdicts = new Set<string>();
  const all = createUsageMeter();

  function spend(usage: ModelUsage): void {
    all.add(usage);
    onSpent(usage);
  }

  function sessionOf(id: string): OpenSession {
    const known = open.get(id) ?? { nextTurn: 0, told: createUsageMeter(), turns: new Set<string>() };
    open.set(id, known);
    return known;
  }

  return {
    judgedHere: (eventId) => void ownVerdicts.add(eventId),
    take({ eventId, fact }) {
      if (fact?.$case === 'sessionStarted' && fact.value.key) {
        const session = sessionOf(idOf(fact.value.key));
        session.nextTurn = 0;
        session.told = createUsageMeter();
      }
      if (fact?.$case === 'turnCompleted' && fact.value.key) {
        const { key, turn, usage } = fact.value;
        const id = idOf(key);
        const session = sessionOf(id);
        if (over.has(id) || turn < session.nextTurn) return;
        session.nextTurn = turn + 1;
        for (const one of usage.filter(({ role }) => !isOurs(key.user!.method, role))) {
          session.told.add(one);
          const calls = JSON.stringify([turn, one.role, one.model, one.calls, one.promptTokens, one.completionTokens]);
          if (!isCached || !session.turns.has(calls)) spend(one);
          session.turns.add(calls);
        }
      }
      if (fact?.$case === 'sessionEnded' && fact.value.record) {
        const { record, usage } = fact.value;
        const id = `${record.method}/${record.userId}/${record.session}`;
        if (over.has(id)) return;
        over.add(id);
        const told = open.get(id)?.told.list() ?? [];
        for (const one of usage.filter(({ role }) => !isOurs(record.method, role))) spend(without(one, told));
        open.delete(id);
      }
      if (fact?.$case === 'sessionJudged' && fact.value.verdict && !ownVerdicts.delete(eventId)) {
        const { verdict } = fact.value;
        const id = `${verdict.method}/${verdict.userId}/${verdict.session}/${verdict.stage?.$case}`;
        if (over.has(id)) return;
        over.add(id);
        for (const one of verdict.usage) spend(one);
      }
    },
    accounts: () => all.list().map((usage) => RoleAccount.fromPartial({ usage })),
  };
}

/** Which calls of a session this process's own models make: those of the services that it hosts. */
function ownCalls({ services, methods }: Experiment): (method: string, role: string) => boolean {
  const hosted = new Set(methods.filter((method) => typeof method === 'string'));
  return (method, role) => (role.startsWith('simulator') ? services.simulator === undefined : hosted.has(method));
}

function idOf({ user, session }: SessionKey): string {
  return `${user?.method}/${user?.userId}/${session}`;
}

/** What remains of a sum when what was told of it before is taken away. */
function without(sum: ModelUsage, told: readonly ModelUsage[]): ModelUsage {
  const before = told.find(({ role, model }) => role === sum.role && model === sum.model);
  if (!before) return sum;
  const less = (name: 'calls' | 'promptTokens' | 'completionTokens' | 'cachedPromptTokens') => Math.max(0, sum[name] - before[name]);
  return { ...sum, calls: less('calls'), promptTokens: less('promptTokens'), completionTokens: less('completionTokens'), cachedPromptTokens: less('cachedPromptTokens') };
}

interface OpenSession {
  nextTurn: number;
  /** Of the try under way. */
  told: ReturnType<typeof createUsageMeter>;
  /** Calls of the turns of every try. */
  turns: Set<string>;
}

export interface ToldSpending {
  /** In the order of their publishing. */
  take(event: Event): void;
  /** A verdict of this process's own judge will come as this event. */
  judgedHere(eventId: string): void;
  /** What was counted, by role and model. */
  accounts(): RoleAccount[];
}
