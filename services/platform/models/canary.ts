import { AttuneError } from '../errors.ts';
import { CallControl } from './call-control.ts';
import { readFault } from './fault.ts';
import type { QuestionKind } from './question.ts';
import type { ModelServer } from './server.ts';

/**
 * Something real and tiny to ask a server, outside its limit: a server may say that it is healthy and answer nothing (spec: operations.md 1.5).
 * Null when it is well; being overloaded is no illness. Never throws.
 */
export function canaryOf<A, B extends object>(kind: QuestionKind<A, B>, model: string): Canary {
  const { body, problem } = kind.canary(model);
  return async (server, deadlineMs) => {
    const control = new CallControl(server.baseUrl + kind.path, deadlineMs, undefined);
    try {
      const answer = await server.send({ kind, model, body, seed: 0 }, { signal: control.signal, lane: 'normal' });
      const found = problem(answer);
      return found === null ? null : { problem: `Expected model "${model}" at ${server.baseUrl}${kind.path} ${found}.`, isLate: false, isNonsense: true };
    } catch (thrown) {
      if (control.signal.aborted) return { problem: AttuneError.from(control.signal.reason).message, isLate: true, isNonsense: false };
      const fault = readFault(thrown, server.placeOf(kind.path, model));
      return fault.overload ? null : { problem: fault.error.message, isLate: false, isNonsense: false };
    } finally {
      control.dispose();
    }
  };
}

/** Asks a server; null when it is well. */
export type Canary = (server: ModelServer, deadlineMs: number) => Promise<Illness | null>;

interface Illness {
  /** One sentence. */
  problem: string;
  /** There was no answer in time, which may also be the load. */
  isLate: boolean;
  /** There was an answer, and it cannot be trusted. */
  isNonsense: boolean;
}
