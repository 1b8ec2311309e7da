import type { ServedKind } from './index.ts';

/** The product that tests may use, from the environment that methods read too, and nothing where that names none, which is said loudly. */
export function realProduct(kind: ServedKind): { url: string | undefined; apiKey: string | undefined } {
  const env = process.env;
  const isHosted = env['ATTUNE_MEM0_MODE'] === 'hosted';
  const [url, apiKey, how] = {
    mem0: [isHosted ? undefined : env['ATTUNE_MEM0_URL'], env['ATTUNE_MEM0_API_KEY'], 'start its server and set ATTUNE_MEM0_URL'],
    'mem0-hosted': [isHosted && env['ATTUNE_MEM0_API_KEY'] ? (env['ATTUNE_MEM0_URL'] ?? 'https://api.mem0.ai') : undefined, env['ATTUNE_MEM0_API_KEY'], 'set ATTUNE_MEM0_MODE=hosted and ATTUNE_MEM0_API_KEY'],
    zep: [env['ATTUNE_ZEP_API_KEY'] ? (env['ATTUNE_ZEP_URL'] ?? 'https://api.getzep.com/api/v2') : undefined, env['ATTUNE_ZEP_API_KEY'], 'set ATTUNE_ZEP_API_KEY'],
    graphiti: [env['ATTUNE_GRAPHITI_URL'], undefined, 'start its server and set ATTUNE_GRAPHITI_URL'],
  }[kind] as [string | undefined, string | undefined, string];
  if (!url) console.warn(`\n!!! SKIPPED: the adapter of ${kind} against the real product; ${how}\n`);
  return { url: url || undefined, apiKey: apiKey || undefined };
}
