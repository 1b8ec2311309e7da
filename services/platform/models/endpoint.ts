import { AttuneError } from '../errors.ts';
import { canaryOf } from './canary.ts';
import { readFault, type Fault } from './fault.ts';
import { createHealth, Ejected, type Visit } from './health.ts';
import type { Lane } from './lanes.ts';
import type { Permit } from './limit.ts';
import { workOf } from './pace.ts';
import type { Answer, Question } from './question.ts';
import { pickServer } from './rendezvous.ts';
import { pause, retryDelayMs } from './retry.ts';
import { createServer, type Got, type ModelServer } from './server.ts';
import type { CanaryPolicy, EndpointConfig, EndpointLoad, ModelHubConfig } from './types.ts';

/**
 * One OpenAI-compatible endpoint, shared by all roles that use it: one server, or several that serve the same models. A call that waits
 * before another attempt gives its place to others meanwhile. The first repetition goes to the same server, further ones to others; a
 * call whose server is ejected is made elsewhere at once.
 */
export function createEndpoint(name: string, { baseUrl, replicas = [], ...config }: EndpointConfig, policy: RetryPolicy): Endpoint {
  const servers = [baseUrl, ...replicas].map((url) => createServer(name, url, config));
  const twice = servers.find((server, index) => servers.findIndex((other) => other.baseUrl === server.baseUrl) !== index);
  if (twice) throw new AttuneError('invalid_argument', `Expected the servers of endpoint "${name}" to be different ones, found ${twice.baseUrl} twice; name each once.`);
  const only = servers.length === 1 ? servers[0]! : null;
  const health = only ? null : createHealth(name, servers, policy.canary, policy.log);
  const proofs = new Map<string, Promise<string | null>>();

  /** Where the next attempt goes: to a well server that has not failed this call, while there is one. */
  function pick(affinity: string | undefined, avoided: ReadonlySet<ModelServer>): ModelServer {
    if (only) return only;
    const well = servers.filter((server) => health!.isWell(server));
    const fresh = well.filter((server) => !avoided.has(server));
    return pickServer(fresh.length > 0 ? fresh : well.length > 0 ? well : servers, affinity);
  }

  async function ask<A extends Answer, B extends object>(question: Question<A, B>, signal: AbortSignal, hooks: AskHooks): Promise<Asked<A>> {
    const { kind, model } = question;
    const lane = hooks.lane ?? 'normal';
    const avoided = new Set<ModelServer>();
    const failedAt = new Map<ModelServer, number>();
    let last: AttuneError | undefined;
    for (let attempt = 0, moves = 0; ; ) {
      let permit: Permit | undefined;
      const server = pick(hooks.affinity, avoided);
      const visit: Visit = health ? health.visit(server, signal) : { signal, end: nothing };
      try {
        if (config.prove && kind.needsProof) await prove(server, question);
        const place = server.limit.acquire(visit.signal, lane);
        permit = 'release' in place ? place : await place;
        policy.mayAsk?.();
        const start = performance.now();
        const answer = await server.send(question, { signal: visit.signal, lane, onDelta: hooks.onDelta });
        const latencyMs = performance.now() - start;
        permit.release('success', answer.tokens ? { kind: `${model} ${kind.path}`, latencyMs, tokens: workOf(answer.tokens) } : undefined);
        health?.answered(server, `${model} ${kind.path}`, () => canaryOf(kind, model));
        return { answer, latencyMs };
      } catch (thrown) {
        if (signal.aborted) {
          permit?.release('other');
          throw withLast(signal.reason as AttuneError, last);
        }
        if (visit.signal.aborted || thrown instanceof Ejected) {
          permit?.release('other');
          last = (thrown instanceof Ejected ? thrown : visit.signal.reason) as AttuneError;
          avoided.add(server);
          moves += 1;
          if (moves > servers.length) throw last;
          hooks.onRetry();
          continue;
        }
        const fault = readFault(thrown, server.placeOf(kind.path, model));
        permit?.release(fault.overload ? 'overload' : 'other');
        if (!fault.overload && permit) health?.failed(server);
        const isElsewhere = health !== null && fault.error.code === 'not_found' && moves < servers.length - 1;
        if ((!fault.retryable && !isElsewhere) || attempt >= policy.retries) throw fault.error;
        last = fault.error;
        const failures = (failedAt.get(server) ?? 0) + 1;
        failedAt.set(server, failures);
        if (isElsewhere) {
          avoided.add(server);
          moves += 1;
        } else {
          if (failures > 1) avoided.add(server);
          await waitForNext(question, fault, attempt, signal);
          attempt += 1;
        }
        hooks.onRetry();
      } finally {
        visit.end();
      }
    }
  }

  /** Has a server that could answer nonsense without an error show once that it does not, before its first real answer. */
  async function prove<A, B extends object>(server: ModelServer, { kind, model }: Question<A, B>): Promise<void> {
    const key = `${server.baseUrl} ${model} ${kind.path}`;
    const proof = proofs.get(key) ?? canaryOf(kind, model)(server, policy.canary.deadlineMs).then((illness) => (illness?.isNonsense ? illness.problem : null));
    proofs.set(key, proof);
    const problem = await proof;
    if (problem === null) return;
    proofs.delete(key);
    if (!health) throw new AttuneError('failed_precondition', problem);
    health.eject(server, problem);
    throw new Ejected(problem);
  }

  async function waitForNext(question: Asking, fault: Fault, attempt: number, signal: AbortSignal): Promise<void> {
    const ms = retryDelayMs({ attempt, baseMs: policy.retryBaseMs, seed: question.seed, askedMs: fault.retryAfterMs });
    policy.log.debug({ endpoint: name, model: question.model, attempt: attempt + 1, waitMs: Math.round(ms), problem: fault.error.message }, 'model call failed, trying again');
    try {
      await pause(ms, signal);
    } catch (thrown) {
      throw withLast(thrown as AttuneError, fault.error);
    }
  }

  return {
    name,
    baseUrl: servers[0]!.baseUrl,
    urls: servers.map((server) => server.baseUrl),
    ask,
    get: (path, model, signal) => Promise.all(servers.map((server) => server.get(path, model, signal))),
    load: () => sumOf(servers.map((server) => server.load())),
    async close() {
      health?.close();
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

function nothing(): void {}

function sumOf(loads: readonly EndpointLoad[]): EndpointLoad {
  const sum = (of: (load: EndpointLoad) => number) => loads.reduce((total, load) => total + of(load), 0);
  return { inFlight: sum((load) => load.inFlight), waiting: sum((load) => load.waiting), limit: sum((load) => load.limit) };
}

/** Says with the end of a call what its attempts had failed with: a deadline alone does not tell what to mend. */
function withLast(reason: AttuneError, last: AttuneError | undefined): AttuneError {
  if (!last || reason.code === 'cancelled') return reason;
  return new AttuneError(reason.code, `${reason.message} The last attempt failed: ${last.message}`, { cause: last });
}

export interface Endpoint {
  readonly name: string;
  /** Of the first server; it stands for the endpoint in the cache's keys and in sentences, whichever server answers. */
  readonly baseUrl: string;
  /** Of all servers. */
  readonly urls: readonly string[];
  /** Asks until there is an answer, no attempt is left or the signal ends it; throws an AttuneError. */
  ask<A extends Answer, B extends object>(question: Question<A, B>, signal: AbortSignal, hooks: AskHooks): Promise<Asked<A>>;
  /** One GET to each server outside the limit and without retries, for checks. */
  get(path: string, model: string, signal: AbortSignal): Promise<Got[]>;
  /** Of all servers together. */
  load(): EndpointLoad;
  /** Ends the connections at once. */
  close(): Promise<void>;
}

export interface RetryPolicy {
  retries: number;
  retryBaseMs: number;
  canary: Required<CanaryPolicy>;
  /** See ModelHubConfig. */
  mayAsk?: (() => void) | undefined;
  log: ModelHubConfig['log'];
}

/** The part of a question that waiting needs. */
type Asking = Pick<Question<Answer>, 'model' | 'seed'>;

export interface AskHooks {
  onDelta?: ((text: string) => void) | undefined;
  onRetry: () => void;
  /** See CallOptions. */
  affinity?: string | undefined;
  lane?: Lane | undefined;
}

export interface Asked<A> {
  answer: A;
  /** From sending the attempt that was answered to its end. */
  latencyMs: number;
}
