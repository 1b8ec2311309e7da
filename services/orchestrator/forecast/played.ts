import type { SessionRecord, VerdictRecord } from '../../gen/attune/record/v1/record.ts';
import type { PlayedSession, Shape } from './workload.ts';

/** Collects what a forecast needs of recorded sessions and their verdicts; sessions that failed say nothing about a method and are left out. */
export function createPlayedSessions(): PlayedSessions {
  const byMethod = new Map<string, Map<string, PlayedSession>>();
  const keyOf = ({ userId, session }: { userId: string; session: number }) => `${session} ${userId}`;
  return {
    addSession(record) {
      if (record.error !== '') return;
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
      if (sessions && session) sessions.set(keyOf(verdict), { ...session, usage: [...session.usage, ...verdict.usage] });
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

interface PlayedSessions {
  addSession(record: SessionRecord): void;
  /** After the session that it judges. */
  addVerdict(verdict: VerdictRecord): void;
  byMethod(): ReadonlyMap<string, readonly PlayedSession[]>;
  /** Means over all sessions, to forecast sessions like these. */
  shape(): Omit<Shape, 'sessions' | 'mostMemory' | 'mostReranked'>;
}
