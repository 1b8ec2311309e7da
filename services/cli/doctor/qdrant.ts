import { AttuneError } from '../../platform/errors.ts';
import type { Check, Outcome } from './finding.ts';

/** A Qdrant server: reachable, new enough, and with a key that it takes. */
export function qdrantCheck(url: string, apiKey: string | undefined): Check {
  return {
    group: 'asked',
    what: 'qdrant',
    async look(signal) {
      const base = url.replace(/\/+$/, '');
      const { version, title } = (await answerOf(base, '', undefined, signal)) as { version?: unknown; title?: unknown };
      if (typeof version !== 'string' || !String(title).includes('qdrant')) throw new AttuneError('failed_precondition', `${base} answers, but not as Qdrant does; look whether the URL leads to its HTTP port (6333, not 6334).`);
      await answerOf(base, '/collections', apiKey, signal);
      return versionOutcome(version, base);
    },
  };
}

function versionOutcome(version: string, base: string): Outcome {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 1 || (major === 1 && minor < OLDEST_MINOR)) throw new AttuneError('failed_precondition', `Qdrant ${version} at ${base} lacks searches by several vectors; install 1.${OLDEST_MINOR} or newer (1.${TRIED_MINOR} was tried).`);
  if (major !== 1 || Math.abs(minor - TRIED_MINOR) > 2) return { status: 'weak', detail: `Qdrant ${version} at ${base} answers, but only 1.${TRIED_MINOR} was tried; use that where results matter.` };
  return `Qdrant ${version} at ${base} answers and takes the key`;
}

/** The first with POST /points/query/batch. */
const OLDEST_MINOR = 10;
const TRIED_MINOR = 18;

async function answerOf(base: string, path: string, apiKey: string | undefined, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(`${base}${path || '/'}`, { signal, headers: apiKey ? { 'api-key': apiKey } : {} }).catch((cause: unknown) => {
    throw new AttuneError('unavailable', `Qdrant at ${base} cannot be reached; start it or correct the URL.`, { cause });
  });
  const text = await response.text();
  if (response.status === 401 || response.status === 403) throw new AttuneError('unauthenticated', `Qdrant at ${base} refuses the key; set ATTUNE_QDRANT_API_KEY to the one that it was started with.`);
  if (!response.ok) throw new AttuneError('unavailable', `Qdrant at ${base} answered ${response.status} to GET ${path || '/'}; look at its log.`);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new AttuneError('failed_precondition', `${base} answers, but not as Qdrant does; look whether the URL leads to its HTTP port (6333, not 6334).`, { cause });
  }
}
