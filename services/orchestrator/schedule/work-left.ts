import { ASSUMED_SHAPE } from '../forecast/workload.ts';

/**
 * Estimates how much model time is left of a trajectory, in average turns, from the sessions that have ended: turns by method and session
 * number, times how long a turn of the method takes beside that of all; of the session under way, the turns that sessions which lasted as
 * long went on for. Where nothing is known yet, the nearest mean that is stands in; at the very start all sessions count alike, so that the
 * trajectory with the most sessions left has the most work.
 */
export function createWorkLeft(): WorkLeft {
  const bySession = new Map<string, Lengths>();
  const byMethod = new Map<string, Lengths>();
  const all = createLengths();
  let sessions = 0;

  function find<K>(known: Map<K, Lengths>, key: K): Lengths {
    const lengths = known.get(key) ?? createLengths();
    known.set(key, lengths);
    return lengths;
  }

  return {
    learn({ method, session, turns, ms }) {
      if (turns === 0) return;
      sessions += 1;
      for (const lengths of [find(bySession, `${method} ${session}`), find(byMethod, method), all]) lengths.add(turns, ms);
    },
    learned: () => sessions,
    of({ method, sessions: planned }, session, turn) {
      const known = byMethod.get(method) ?? all;
      let turns = 0;
      for (const { session: number } of planned) {
        if (number < session) continue;
        const own = bySession.get(`${method} ${number}`);
        const best = own && own.count() >= ENOUGH ? own : known;
        turns += number === session ? best.further(turn) : best.further(0);
      }
      return known === all ? turns : (turns * known.turnMs()) / all.turnMs();
    },
  };
}

/** Sessions of one number that must have ended before they count for themselves. */
const ENOUGH = 20;
/** Turns that a session is taken to go on for when none has lasted as long. */
const SOON = 0.5;

/** How many turns sessions had. */
function createLengths(): Lengths {
  const sessionsOf: number[] = [];
  let count = 0;
  let totalTurns = 0;
  let totalMs = 0;
  return {
    add(turns, ms) {
      sessionsOf[turns] = (sessionsOf[turns] ?? 0) + 1;
      count += 1;
      totalTurns += turns;
      totalMs += ms;
    },
    count: () => count,
    further(turn) {
      if (count === 0) return Math.max(SOON, ASSUMED_SHAPE.turns - turn);
      let sessions = 0;
      let further = 0;
      for (let turns = turn + 1; turns < sessionsOf.length; turns += 1) {
        const these = sessionsOf[turns] ?? 0;
        sessions += these;
        further += these * (turns - turn);
      }
      return sessions === 0 ? SOON : further / sessions;
    },
    turnMs: () => totalMs / totalTurns,
  };
}

interface Lengths {
  add(turns: number, ms: number): void;
  count(): number;
  /** The mean of further turns of sessions that lasted longer than `turn`. */
  further(turn: number): number;
  turnMs(): number;
}

export interface WorkLeft {
  /** Takes in a session that has ended; `ms` is its model time. */
  learn(session: { method: string; session: number; turns: number; ms: number }): void;
  /** Sessions taken in. */
  learned(): number;
  /** Of a trajectory that is at this turn of this session. */
  of(trajectory: { method: string; sessions: readonly { session: number }[] }, session: number, turn: number): number;
}
