import type { MethodDescription } from '../gen/attune/agent/v1/agent.ts';
import type { UserKey } from '../gen/attune/conversation/v1/conversation.ts';
import { AttuneError } from '../platform/errors.ts';
import { endingOf, forgetAll, type Ending, type Outcome } from '../platform/examine.ts';
import type { Check } from './check.ts';
import { cancelCheck } from './checks/cancel.ts';
import { memoryChecks } from './checks/memory.ts';
import { answers, replyChecks } from './checks/replies.ts';
import { userChecks } from './checks/users.ts';
import { createSubject, type Subject } from './subject.ts';

/** All checks in the order in which they are made. */
export const CHECKS: readonly Check[] = [answers, ...replyChecks, ...memoryChecks, ...userChecks, cancelCheck];

/**
 * Examines the methods of a server, one check after another, and forgets the checks' users in the end. Whatever the server does becomes
 * a result; only these are thrown: that Describe fails (its own code), that it names no method (`failed_precondition`), that the method
 * asked for is not among them (`not_found`), and `cancelled`.
 */
export async function examine(options: ExamineOptions): Promise<Examination[]> {
  const { methods } = await options.client.describe({}, { signal: options.signal, deadline: options.deadlineMs });
  if (methods.length === 0) throw new AttuneError('failed_precondition', 'The server should describe at least one method, found none.');
  const chosen = methods.filter(({ name }) => options.method === undefined || name === options.method);
  if (chosen.length === 0) {
    throw new AttuneError('not_found', `The server does not offer the method "${options.method}"; it offers ${methods.map(({ name }) => name).join(', ')}.`);
  }
  const examinations: Examination[] = [];
  for (const method of chosen) examinations.push(await examineMethod(method, options));
  return examinations;
}

export function failedChecks(examinations: readonly Examination[]): CheckResult[] {
  return examinations.flatMap(({ results }) => results).filter(({ outcome }) => outcome === 'failed');
}

async function examineMethod(method: MethodDescription, options: ExamineOptions): Promise<Examination> {
  const users = new Map<string, UserKey>();
  const onUser = (user: UserKey) => void users.set(JSON.stringify(user), user);
  const deterministic = method.deterministic && !options.modelsVary;
  const results: CheckResult[] = [];
  for (const check of CHECKS) {
    const result = results[0]?.outcome === 'failed' ? resultOf(check, 'not_checked', 'needs a method that answers') : await make(check, method, deterministic, onUser, options);
    results.push({ ...result, method: method.name });
    options.onResult?.(results.at(-1)!);
  }
  const { client, signal, deadlineMs } = options;
  const notForgotten = await forgetAll([...users.values()], (user) => client.forget({ user }, { signal, deadline: deadlineMs }));
  const { name, summary, version } = method;
  return { method: name, summary, version, deterministic, results, notForgotten };
}

async function make(check: Check, method: MethodDescription, deterministic: boolean, onUser: (user: UserKey) => void, options: ExamineOptions): Promise<CheckResult> {
  if (check.determinism === 'wholly' && !deterministic) {
    return resultOf(check, 'not_checked', method.deterministic ? 'needs models that answer the same' : 'the method does not claim to be deterministic');
  }
  const scope = `conformance-${options.nonce}-${check.name}`;
  const { client, restart = null, signal } = options;
  const limitMs = CALLS_PER_CHECK * options.deadlineMs + (check.extraMs ?? 0);
  const { outcome, detail } = await endingOf((limited) => check.run(createSubject({ client, method, scope, deterministic, restart, signal: limited, onUser })), { limitMs, signal });
  return resultOf(check, outcome, detail);
}

function resultOf({ name, what, determinism }: Check, outcome: Outcome, detail: string): CheckResult {
  return { method: '', check: name, what, determinism, outcome, detail };
}

/** A check may take as long as this many calls that each use their whole deadline. */
const CALLS_PER_CHECK = 20;

export interface CheckResult extends Ending {
  method: string;
  check: string;
  what: string;
  determinism: Check['determinism'];
}

export interface Examination {
  method: string;
  summary: string;
  version: string;
  /** Whether replies were compared. */
  deterministic: boolean;
  results: CheckResult[];
  /** Users of the checks that could not be forgotten afterwards. */
  notForgotten: number;
}

export interface ExamineOptions {
  /** Its calls must end by themselves after `deadlineMs`. */
  client: Subject['client'];
  /** Longest wait for one call, in milliseconds. */
  deadlineMs: number;
  /** Part of every run id; a new one each time, so that nothing of an earlier examination is met. */
  nonce: string;
  /** Only this method; all that the server describes unless told. */
  method?: string;
  /** The models behind the method may answer the same request differently: replies are then not compared. */
  modelsVary?: boolean;
  /** Restarts the server and returns when it answers again. */
  restart?: () => Promise<void>;
  /** Stops the examination. */
  signal?: AbortSignal;
  /** Told of every result as it comes. */
  onResult?: (result: CheckResult) => void;
}
