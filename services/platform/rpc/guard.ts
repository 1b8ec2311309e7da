import { timingSafeEqual } from 'node:crypto';
import type { CallContext, ServerMiddlewareCall } from 'nice-grpc-common';
import { AttuneError, toServerError } from '../errors.ts';
import { hashHex } from '../random.ts';
import type { Secret } from '../secret.ts';
import { createPeerLimits, type PeerLimits } from './peer-limits.ts';

/**
 * The one place where a server asks who calls: an interceptor that looks at the bearer token and at how much the caller asks for, before
 * any handler or decoder sees the call. Health checks do not pass here. A caller is its token, or its address where no token is asked for.
 */
export function createGuard(tokens: readonly Secret[] | undefined, limits: PeerLimits) {
  const known = tokens?.map((token) => digestOf(token.reveal()));
  const peers = createPeerLimits(limits);
  return async function* guard<Request, Response>(call: ServerMiddlewareCall<Request, Response>, context: CallContext) {
    let leave: () => void;
    try {
      leave = peers.enter(known ? callerOf(call.method.path, context, known) : addressOf(context));
    } catch (thrown) {
      throw toServerError(thrown);
    }
    try {
      return yield* call.next(call.request, context);
    } finally {
      leave();
    }
  };
}

/** The header that bearer tokens travel in. */
export const AUTHORIZATION = 'authorization';

/** Throws `unauthenticated`; the sentence never holds what was sent. */
function callerOf(path: string, { metadata, peer }: CallContext, known: readonly Buffer[]): string {
  const header = metadata.get(AUTHORIZATION);
  if (header === undefined) {
    throw new AttuneError('unauthenticated', `The server of ${path} asks for a bearer token and the call had none; give the connection the token that the server was started with (ATTUNE_TOKEN).`);
  }
  const sent = digestOf(/^Bearer (\S+)$/i.exec(header)?.[1] ?? '');
  const index = known.findIndex((digest) => timingSafeEqual(digest, sent));
  if (index < 0) throw new AttuneError('unauthenticated', `The server of ${path} does not know the bearer token of the call; give the connection the token that the server was started with (ATTUNE_TOKEN).`);
  return `with token ${index + 1} at ${hostPart(peer)}`;
}

function addressOf({ peer }: CallContext): string {
  return `at ${hostPart(peer)}`;
}

/** A peer's connections come from many ports. */
function hostPart(peer: string): string {
  return peer.replace(/:\d+$/, '');
}

/** Of equal length whatever was sent, so that comparing takes equal time. */
function digestOf(token: string): Buffer {
  return Buffer.from(hashHex(token), 'hex');
}
