import { AttuneError } from '../platform/errors.ts';
import type { ClientSecurity } from '../platform/rpc.ts';
import { readFileOf, readTokens } from '../platform/secret.ts';
import { readAccess } from '../platform/service-env.ts';

/**
 * How a command shows who it is to a server that it is pointed at, as an experiment says it of a method (tokenEnv, tls). The token itself never stands on a command line,
 * which every process list shows. Throws `invalid_argument` for a variable that holds nothing and for a certificate without its key.
 */
export function serverAccess({ tokenEnv, ca, cert, key }: AccessFlags, env: Readonly<Record<string, string | undefined>>): { security: ClientSecurity; allowInsecure: boolean } {
  if ((cert === undefined) !== (key === undefined)) throw new AttuneError('invalid_argument', '--cert and --key belong together; give both or neither.');
  const file = (flag: string, path: string | undefined) => (path === undefined ? undefined : readFileOf(flag, path));
  const tls = ca === undefined && cert === undefined ? undefined : { ca: file('--ca', ca), cert: file('--cert', cert), key: file('--key', key) };
  return { security: { token: tokenEnv === undefined ? undefined : tokenIn(tokenEnv, env), tls }, allowInsecure: readAccess(env).allowInsecure };
}

function tokenIn(variable: string, env: Readonly<Record<string, string | undefined>>) {
  // Whoever gives the token itself must not read it again in an error.
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable) || variable.length > LONGEST_NAME) throw new AttuneError('invalid_argument', '--token-env should be the name of an environment variable that holds the token, found something else.');
  const text = env[variable]?.trim() ?? '';
  if (text === '') throw new AttuneError('invalid_argument', `The environment variable ${variable} of --token-env is not set; set it to the token, or leave the flag out.`);
  return readTokens(text, variable)[0]!;
}

/** A token in hexadecimal digits is longer. */
const LONGEST_NAME = 40;

/** For a server that asks for them. */
export const ACCESS_OPTIONS = [
  ['--token-env <name>', 'the environment variable that holds the token which the server asks for'],
  ['--ca <file>', "the authority that signed the server's certificate (PEM); turns TLS on"],
  ['--cert <file>', 'a certificate to show the server (PEM), with --key'],
  ['--key <file>', 'its key (PEM)'],
] as const;

export interface AccessFlags {
  tokenEnv?: string;
  ca?: string;
  cert?: string;
  key?: string;
}
