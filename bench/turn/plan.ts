/** User messages, and agent replies, of a session. */
export const TURNS = 5;

/** How long the mock takes for a call. */
export const SECONDS_A_CALL = 0.2;

/** Calls that wait for one another: user and agent in each turn, the final draft, and the judge's two calls, which are made together. */
export const CHAIN = 2 * TURNS + 1 + 1;

/** All calls of a session. */
export const CALLS_A_SESSION = 2 * TURNS + 1 + 2;

/** The shortest time in which a session can end, in seconds: 12 calls of 200 ms are 2.4 s. */
export const IDEAL_SECONDS = CHAIN * SECONDS_A_CALL;

export const MODEL = 'mock';

/** One measurement of one side. */
export interface Measured {
  /** From the start of all sessions to the last verdict. */
  wallSeconds: number;
  /** User and system time of this process. */
  cpuMs: number;
}
