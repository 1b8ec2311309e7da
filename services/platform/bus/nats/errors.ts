import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { AuthorizationError, ClosedConnectionError, ConnectionError, DrainingConnectionError, PermissionViolationError, RequestError, TimeoutError } from '@nats-io/transport-node';
import { AttuneError } from '../../errors.ts';

/** One sentence about a connection that could not be made. */
export function connectionError(servers: readonly string[], thrown: unknown): AttuneError {
  const where = servers.join(', ');
  const text = textOf(thrown);
  if (thrown instanceof AuthorizationError || /authorization|authentication/i.test(text)) {
    return new AttuneError('unauthenticated', `The NATS server at ${where} refused the credentials; set ATTUNE_BUS_USER and ATTUNE_BUS_PASSWORD, ATTUNE_BUS_TOKEN or ATTUNE_BUS_CREDS.`, { cause: thrown });
  }
  if (/ENOTFOUND|EAI_AGAIN/.test(text)) {
    return new AttuneError('unavailable', `No NATS server at ${where}: the name is not known; correct --bus or ATTUNE_BUS.`, { cause: thrown });
  }
  if (/certificate|self.signed|SSL|TLS|EPROTO/i.test(text)) {
    return new AttuneError('unavailable', `The NATS server at ${where} could not be trusted over TLS (${text}); check ATTUNE_BUS_CA, ATTUNE_BUS_CERT and ATTUNE_BUS_KEY.`, { cause: thrown });
  }
  const why = /refused/i.test(text) ? 'the connection was refused' : thrown instanceof TimeoutError ? 'nobody answered in time' : text;
  return new AttuneError('unavailable', `No NATS server answers at ${where} (${why}); start one with "nats-server -js" or correct --bus or ATTUNE_BUS.`, { cause: thrown });
}

/** What went wrong with a request to JetStream, in the words that callers decide by. */
export function classify(thrown: unknown): Trouble {
  if (thrown instanceof JetStreamApiError) {
    const { code } = thrown;
    const text = thrown.message;
    if (code === JetStreamApiCodes.StreamWrongLastSequence || code === JetStreamApiCodes.StreamWrongLastSequenceUnknown) return 'overtaken';
    if (/maximum messages per subject/.test(text)) return 'there';
    if (/maximum (bytes|messages)|insufficient (resources|storage)|no space left/i.test(text)) return 'full';
    if (code === JetStreamApiCodes.StreamNotFound || code === JetStreamApiCodes.ConsumerNotFound) return 'gone';
    return thrown.status >= 500 ? 'passing' : 'other';
  }
  if (refusalOf(thrown)) return 'forbidden';
  if (thrown instanceof ClosedConnectionError || thrown instanceof DrainingConnectionError) return 'closed';
  // A server that is starting has no JetStream yet, which looks like one that never will.
  if (thrown instanceof TimeoutError || thrown instanceof RequestError || thrown instanceof ConnectionError || isNamed(thrown, 'JetStreamNotEnabled')) return 'passing';
  return 'other';
}

/** An error of the broker for whoever cannot do anything about it; the original is its cause. */
export function brokerError(what: string, thrown: unknown): AttuneError {
  if (thrown instanceof AttuneError) return thrown;
  const trouble = classify(thrown);
  if (trouble === 'forbidden') return new AttuneError('permission_denied', `${what}: this user of the NATS server may not do that (${textOf(thrown)}); set ATTUNE_BUS_USER and its password to those of the role that does it, or grant it the subject (deploy/nats/access.conf).`, { cause: thrown });
  if (trouble === 'full') return new AttuneError('resource_exhausted', `${what}: the NATS server has no room (${textOf(thrown)}); raise ATTUNE_BUS_MAX_MIB or free space on it.`, { cause: thrown });
  if (trouble === 'closed') return new AttuneError('failed_precondition', `${what}: the connection to the NATS server is closed.`, { cause: thrown });
  return new AttuneError(trouble === 'passing' ? 'unavailable' : 'internal', `${what}: ${textOf(thrown)}.`, { cause: thrown });
}

/** What the server refused to this user, if that is what went wrong: a request tells it as its cause. */
export function refusalOf(thrown: unknown): PermissionViolationError | null {
  const said = thrown instanceof RequestError ? thrown.cause : thrown;
  return said instanceof PermissionViolationError ? said : null;
}

/** For error classes that the client library does not export. */
function isNamed(thrown: unknown, name: string): boolean {
  return thrown instanceof Error && thrown.name === name;
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * overtaken: somebody else has written there since. there: the subject holds a message already. full: no room. gone: no such stream or consumer. forbidden:
 * permissions. closed: our connection. passing: may work later. other: a mistake.
 */
export type Trouble = 'overtaken' | 'there' | 'full' | 'gone' | 'forbidden' | 'closed' | 'passing' | 'other';
