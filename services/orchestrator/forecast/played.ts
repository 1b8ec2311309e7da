import type { ModelUsage } from '../../gen/attune/conversation/v1/conversation.ts';
import { SessionStatus, type SessionRecord, type VerdictRecord } from '../../gen/attune/record/v1/record.ts';
import type { PlayedSession, Shape } from './workload.ts';

/**
 * Collects what a forecast needs of recorded sessions and their verdicts; sessions that failed, and those of forgotten users, say nothing about a method and are left
 * out. Judging counts as one vote of one judge, so that it can be foretold for any number of them.
 */
export function createPlayedSessions(): PlayedSessions {
  const byMethod = new Map<string, Map<string, PlayedSession>>();
  const keyOf = ({ userId, session }: { userId: string; session: number }) => `${session} ${userId}`;
  return {
    addSession(record) {
      if (record.error !== '' || record.status === SessionStatus.FORGOTTEN) return;
      const agentTurns = record.turns.filter((turn) => turn.agent !== undefined);
      const memory = agentTurns.reduce((sum, turn) => sum + (turn.agent?.injected?.tokens ?? 0), 0);
      const sessions = byMethod.get(record.method) ?? new Map<string, PlayedSession>();
      byMethod.set(record.method, sessions);
      sessions.set(keyOf(record), {
        session: record.session,
        turns: agentTurns.length,
        userMessages: record.turns.filter((turn) => turn.user !== undefined).length,
        userTokens: record.userTokens,
        agentTokens: record.agentTokens,
        memoryTokens: agentTurns.length === 0 ? 0 : memory / agentTurns.length,
        usage: record.usage,
      });
    },
    addVerdict(verdict) {
      const sessions = byMethod.get(verdict.method);
      const session = sessions?.get(keyOf(verdict));
      if (sessions && session) sessions.set(keyOf(verdict), { ...session, usage: [...session.usage, ...usageOfOneVote(verdict)] });
    },
    byMethod: () => new Map([...byMethod].map(([method, sessions]) => [method, [...sessions.values()]])),
    shape() {
      const all = [...byMethod.values()].flatMap((sessions) => [...sessions.values()]);
      const sum = (of: (session: PlayedSession) => number) => all.reduce((total, session) => total + of(session), 0);
      const turns = Math.max(1, sum((s) => s.turns));
      return { turns: turns / Math.max(1, all.length), user: sum((s) => s.userTokens) / Math.max(1, sum((s) => s.userMessages)), agent: sum((s) => s.agentTokens) / turns, out: {} };
    },
  };
}

/** Votes that were only asked for because the first ones differed are taken out, by their share of all that the record holds. */
function usageOfOneVote({ judge, stage, usage }: VerdictRecord): ModelUsage[] {
  const first = Math.max(1, judge?.votes ?? 1);
  const kept = stage?.$case === 'turns' ? stage.value.turns.flatMap(({ votes }) => votes) : (stage?.value.votes ?? []);
  const share = kept.length === 0 ? 1 : kept.filter(({ repeat }) => repeat < first).length / kept.length;
  const part = share / (first * Math.max(1, judge?.panel.length ?? 1));
  return usage.map((one) => ({ ...one, calls: one.calls * part, promptTokens: one.promptTokens * part, completionTokens: one.completionTokens * part }));
}

interface PlayedSessions {
  addSession(record: SessionRecord): void;
  /** After the session that it judges. */
  addVerdict(verdict: VerdictRecord): void;
  byMethod(): ReadonlyMap<string, readonly PlayedSession[]>;
  /** Means over all sessions, to forecast sessions like these. */
  shape(): Omit<Shape, 'sessions' | 'mostMemory' | 'mostReranked'>;
}
