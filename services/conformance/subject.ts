import { RespondRequest } from '../gen/attune/agent/v1/agent.ts';
import type { MethodAgentDefinition, MethodDescription, RespondResponse } from '../gen/attune/agent/v1/agent.ts';
import { Role, type Message, type SessionKey, type UserKey } from '../gen/attune/conversation/v1/conversation.ts';
import { Profile } from '../gen/attune/profile/v1/profile.ts';
import { AttuneError } from '../platform/errors.ts';
import { hashHex, seedFrom } from '../platform/random.ts';
import type { Client } from '../platform/rpc.ts';
import { must } from '../platform/examine.ts';

/**
 * A method under examination as one check sees it: users of the check's own, sessions played as a run plays them, every call ended by
 * the check's signal. Replies are never empty here: a play in which one is fails the check.
 */
export function createSubject(options: SubjectOptions): Subject {
  const { client, method, scope, signal } = options;
  const call = { signal };
  const user = (name: string, run = 'a'): UserKey => {
    const key = { runId: `${scope}-${run}`, method: method.name, userId: name };
    options.onUser(key);
    return key;
  };
  const start = async (key: SessionKey) => (await client.startSession({ key }, call)).memoryHash;

  const told = (request: RespondRequest): RespondRequest => (method.needsProfile ? { ...request, oracleProfile: profileOf(request.key?.user?.userId ?? '') } : request);

  async function respond(request: RespondRequest): Promise<RespondResponse> {
    const response = await client.respond(told(request), call);
    must(response.agentMessage.trim() !== '', `Respond should give a reply, found an empty agent_message in turn ${request.turn} of session ${request.key?.session}.`);
    return response;
  }

  async function play(who: UserKey, session: number, messages: readonly string[]): Promise<Played> {
    const key = { user: who, session };
    const before = await start(key);
    const dialogue: Message[] = [GREETING];
    const responses: RespondResponse[] = [];
    for (const [turn, content] of messages.entries()) {
      dialogue.push({ role: Role.USER, content });
      const response = await respond({ ...asking(who, session, content), turn, dialogue, seed: seedFrom('turn', session, turn), previousRetrieval: responses.at(-1)?.retrieval });
      responses.push(response);
      dialogue.push({ role: Role.ASSISTANT, content: response.agentMessage });
    }
    dialogue.push({ role: Role.USER, content: 'Thank you, that is all.' });
    const end = { key, dialogue, seed: seedFrom('end', session), lastRetrieval: responses.at(-1)?.retrieval };
    const { memoryHash: after } = await client.endSession(end, call);
    return { before, after, responses, replies: responses.map((response) => response.agentMessage), end };
  }

  return {
    method,
    client,
    signal,
    deterministic: options.deterministic,
    restart: options.restart,
    user,
    mark: (name) => `zq${hashHex(`${scope} ${name}`).replace(/\d/g, '').slice(0, 6)}${name.replace(/\W/g, '')}`,
    start: (who, session) => start({ user: who, session }),
    told,
    respond,
    play,
    async exported(who, session) {
      try {
        const { state } = await client.exportState({ key: { user: who, session } }, call);
        return new TextDecoder('utf-8', { fatal: true }).decode(state);
      } catch (thrown) {
        if (AttuneError.from(thrown).code === 'unimplemented') return null;
        throw thrown;
      }
    },
  };
}

/** The request for a reply to one message of a session that has just begun. */
export function asking(user: UserKey, session: number, content: string): RespondRequest {
  return RespondRequest.fromPartial({ key: { user, session }, dialogue: [GREETING, { role: Role.USER, content }], seed: seedFrom('turn', session, 0) });
}

/** Messages of a session from which a method can learn: a wish, with a word in it that nobody else uses, and two questions. */
export function wishes(mark: string): string[] {
  return [`From now on, please use bullet points, and always call my project ${mark}. What is 12 times 12?`, `I prefer short answers about ${mark}. What is the capital of France?`];
}

/** Messages without a wish. */
export const QUESTIONS = ['What is 7 plus 8?', 'And what is the boiling point of water in degrees Celsius?'];

export const GREETING: Message = { role: Role.ASSISTANT, content: 'Hello! What can I do for you today?' };

export interface Subject {
  readonly method: MethodDescription;
  readonly client: Client<typeof MethodAgentDefinition>;
  /** Aborted when the check's time is over; calls made on `client` directly must be given it. */
  readonly signal: AbortSignal;
  /** Whether equal requests must have equal replies. */
  readonly deterministic: boolean;
  /** Stops the server and starts it again; null when nobody said how. */
  readonly restart: (() => Promise<void>) | null;
  /** A user of this check, never met before; the run may be another one of this check. */
  user(name: string, run?: string): UserKey;
  /** A word that stands nowhere else. */
  mark(name: string): string;
  /** StartSession; the memory's hash. */
  start(user: UserKey, session: number): Promise<string>;
  /** Respond; fails the check when the reply is empty. */
  /** The request with what an oracle must be told; others get it as it is. */
  told(request: RespondRequest): RespondRequest;
  respond(request: RespondRequest): Promise<RespondResponse>;
  /** A whole session: started, every message answered, ended. */
  play(user: UserKey, session: number, messages: readonly string[]): Promise<Played>;
  /** The state at a session's start as text; null when the server exports none. */
  exported(user: UserKey, session: number): Promise<string | null>;
}

export interface Played {
  /** The memory's hash at the session's start and after it. */
  before: string;
  after: string;
  replies: string[];
  responses: RespondResponse[];
  /** What EndSession was called with. */
  end: Parameters<Subject['client']['endSession']>[0];
}

export interface SubjectOptions {
  client: Subject['client'];
  method: MethodDescription;
  /** Begins every run id, so that no user of another check or an earlier examination is met again. */
  scope: string;
  deterministic: boolean;
  restart: Subject['restart'];
  signal: AbortSignal;
  /** Told of every user, to forget it in the end. */
  onUser(user: UserKey): void;
}

/** What an oracle is told of a user: one preference that names the user, so that a mix-up would show. */
function profileOf(userId: string): Profile {
  return Profile.fromPartial({ userId, persona: 'Somebody who examines methods', preferences: [{ id: 'p1', action: `sign with ${userId}` }] });
}
