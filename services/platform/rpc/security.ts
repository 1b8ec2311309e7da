import { createSecureContext } from 'node:tls';
import { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';
import { AttuneError } from '../errors.ts';
import type { Secret } from '../secret.ts';

/** Who may call a server, and how the wire is protected. */
export interface ServerSecurity {
  /** Bearer tokens that are good; left out, no token is asked for. */
  readonly tokens?: readonly Secret[] | undefined;
  /** Left out, the wire is plain. */
  readonly tls?: ServerTls | undefined;
}

export interface ServerTls {
  /** PEM: the server's chain and its key. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** PEM: only clients with a certificate of this authority get in. */
  readonly clientCa?: Buffer | undefined;
}

/** How a client shows who it is, and whom it trusts. */
export interface ClientSecurity {
  /** Sent as a bearer token with every call. */
  readonly token?: Secret | undefined;
  /** Left out, the wire is plain. */
  readonly tls?: ClientTls | undefined;
}

export interface ClientTls {
  /** PEM: the authority that must have signed the server's certificate; left out, the machine's own authorities. */
  readonly ca?: Buffer | undefined;
  /** PEM: what the client shows a server that asks for certificates. */
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
}

/**
 * Lets a server listen on a loopback address as it likes, and elsewhere only when the wire is encrypted and callers must show who they are.
 * Throws `failed_precondition` with what to do.
 */
export function requireSafeServer(host: string, { tokens, tls }: ServerSecurity, allowInsecure: boolean): void {
  if (allowInsecure || isLoopback(host)) return;
  const missing = [...(tls ? [] : ['TLS (ATTUNE_TLS_CERT and ATTUNE_TLS_KEY)']), ...(tokens || tls?.clientCa ? [] : ['a token (ATTUNE_TOKEN or ATTUNE_TOKEN_FILE) or client certificates (ATTUNE_TLS_CLIENT_CA)'])];
  if (missing.length === 0) return;
  throw new AttuneError('failed_precondition', `Others can reach ${host}, so a server there needs ${missing.join(' and ')}; set ATTUNE_ALLOW_INSECURE=1 only where the network itself keeps strangers out.`);
}

/** A token must not cross a network in the clear. Throws `failed_precondition`. */
export function requireSafeClient(target: string, { token, tls }: ClientSecurity, allowInsecure: boolean): void {
  if (!token || tls || allowInsecure || isLoopback(hostOf(target)) || target.startsWith('unix:')) return;
  throw new AttuneError('failed_precondition', `The token for ${target} would cross the network in the clear; give the connection TLS, or set ATTUNE_ALLOW_INSECURE=1 where the network is encrypted by other means.`);
}

export function serverCredentials({ tls }: ServerSecurity): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const { cert, key, clientCa } = tls;
  requirePem('ATTUNE_TLS_CERT, ATTUNE_TLS_KEY and ATTUNE_TLS_CLIENT_CA', { cert, key, ca: clientCa });
  return ServerCredentials.createSsl(clientCa ?? null, [{ cert_chain: cert, private_key: key }], clientCa !== undefined);
}

export function channelCredentials({ tls }: ClientSecurity): ChannelCredentials {
  if (!tls) return ChannelCredentials.createInsecure();
  requirePem("the connection's TLS files", tls);
  return ChannelCredentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null);
}

/** Whether only this machine reaches an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || /^127(\.\d{1,3}){3}$/.test(host) || host === '::1' || host === '[::1]';
}

function hostOf(target: string): string {
  return target.replace(/^(dns|ipv4|ipv6):\/{0,3}/i, '').replace(/:\d+$/, '');
}

/** The gRPC library would find out at the first handshake, and tell nobody. */
function requirePem(what: string, { ca, cert, key }: ClientTls): void {
  try {
    createSecureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
  } catch (cause) {
    throw new AttuneError('invalid_argument', `Expected PEM certificates and keys that belong together in ${what}, found something else (${(cause as Error).message}).`, { cause });
  }
}
