import type { Experiment } from '../orchestrator/service.ts';
import { AttuneError } from '../platform/errors.ts';
import type { ClientSecurity } from '../platform/rpc.ts';
import { readAccess } from '../platform/service-env.ts';
import { readFileOf, readTokens } from '../platform/secret.ts';

/**
 * How a run shows who it is to what it reaches elsewhere: the token from the environment variable that the experiment names, and the files
 * that it names. `address` left out means what the run's own coordinator serves, which shares the deployment's token and certificates.
 * Throws `invalid_argument` when a variable that is named holds nothing.
 */
export function credentialsFor(experiment: Experiment, secrets: Secrets): Credentials {
  const { allowInsecure, deployment } = readAccess(secrets);
  const access = (place: Named, whose: string) => ({ security: securityOf(place, whose, secrets), allowInsecure });
  return {
    service: (address) => (address === undefined ? { security: deployment, allowInsecure } : access(experiment.services, `the service at ${address}`)),
    method(name) {
      const place = experiment.methods.find((method) => typeof method !== 'string' && method.name === name);
      return typeof place === 'object' ? access(place, `the method ${name}`) : { security: deployment, allowInsecure };
    },
  };
}

function securityOf({ tokenEnv, tls }: Named, whose: string, secrets: Secrets): ClientSecurity {
  const file = (name: 'ca' | 'cert' | 'key') => (tls?.[name] === undefined ? undefined : readFileOf(`tls.${name} of ${whose}`, tls[name]));
  return { token: tokenEnv === undefined ? undefined : tokenOf(tokenEnv, whose, secrets), tls: tls && { ca: file('ca'), cert: file('cert'), key: file('key') } };
}

function tokenOf(variable: string, whose: string, secrets: Secrets) {
  const text = secrets[variable]?.trim() ?? '';
  if (text === '') throw new AttuneError('invalid_argument', `The environment variable ${variable}, which the experiment names for the token of ${whose}, is not set; set it, or leave out tokenEnv.`);
  return readTokens(text, variable)[0]!;
}

type Named = Pick<Experiment['services'], 'tokenEnv' | 'tls'>;

type Secrets = Readonly<Record<string, string | undefined>>;

export interface Credentials {
  service(address: string | undefined): Shown;
  method(name: string): Shown;
}

interface Shown {
  security: ClientSecurity;
  allowInsecure: boolean;
}
