import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { AttuneError } from '../errors.ts';
import { hashHex } from '../random.ts';
import type { Secret } from '../secret.ts';
import type { Metrics } from './metrics.ts';

/**
 * Offers /metrics for Prometheus, /live (the process answers) and /ready (what it needs answers too: 200, or 503 with a sentence for each that does not). Where
 * tokens are asked for, /metrics asks for one; the other two are open. Needs are asked at most every two seconds, however often somebody looks.
 */
export async function serveMetrics(metrics: Metrics, { host = '127.0.0.1', port, tokens, needs }: MetricsOptions): Promise<RunningMetrics> {
  const readiness = createReadiness(needs);
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    const answer = async () => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain', 'Only GET.\n');
      if (path === '/live') return send(response, 200, 'text/plain', 'live\n');
      if (path === '/ready') {
        const lacking = await readiness();
        return send(response, Object.keys(lacking).length === 0 ? 200 : 503, 'application/json', `${JSON.stringify({ ready: Object.keys(lacking).length === 0, lacking })}\n`);
      }
      if (path !== '/metrics') return send(response, 404, 'text/plain', 'There are /metrics, /live and /ready.\n');
      if (tokens && !isGood(request.headers.authorization, tokens)) return send(response, 401, 'text/plain', 'The metrics ask for the bearer token of the service.\n');
      return send(response, 200, metrics.contentType, await metrics.text());
    };
    answer().catch((thrown: unknown) => send(response, 500, 'text/plain', `${AttuneError.from(thrown).message}\n`));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new AttuneError('failed_precondition', `No metrics can be served on ${host}:${port}: ${cause.message}; choose another ATTUNE_METRICS_PORT.`, { cause })));
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createReadiness(needs: Needs): () => Promise<Record<string, string>> {
  let last: { at: number; lacking: Promise<Record<string, string>> } | undefined;
  return () => {
    if (!last || performance.now() - last.at > ASK_AGAIN_MS) last = { at: performance.now(), lacking: askAll(needs) };
    return last.lacking;
  };
}

async function askAll(needs: Needs): Promise<Record<string, string>> {
  const asked = await Promise.all(
    Object.entries(needs).map(async ([name, ask]) => {
      const signal = AbortSignal.timeout(NEED_MS);
      const late = new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve(`It gave no answer within ${NEED_MS / 1000} s.`), { once: true }));
      const problem = await Promise.race([late, ask(signal).catch((thrown: unknown) => AttuneError.from(thrown).message)]);
      return problem === null ? [] : [[name, problem] as const];
    }),
  );
  return Object.fromEntries(asked.flat());
}

const ASK_AGAIN_MS = 2_000;
const NEED_MS = 3_000;

function isGood(header: string | undefined, tokens: readonly Secret[]): boolean {
  const sent = digest(/^Bearer (\S+)$/i.exec(header ?? '')?.[1] ?? '');
  return tokens.some((token) => timingSafeEqual(digest(token.reveal()), sent));
}

function digest(text: string): Buffer {
  return Buffer.from(hashHex(text), 'hex');
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** What a service needs to do its work, by name: null when it is there, or one sentence. */
export type Needs = Readonly<Record<string, (signal: AbortSignal) => Promise<string | null>>>;

interface MetricsOptions {
  host?: string;
  /** 0 lets the system choose. */
  port: number;
  tokens?: readonly Secret[] | undefined;
  needs: Needs;
}

interface RunningMetrics {
  url: string;
  stop(): Promise<void>;
}
