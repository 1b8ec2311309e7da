import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

/**
 * Stands between an adapter and its product, counts what passes and breaks what it is told to: so faults can be tried on any product, a real one too. `…_after` lets the
 * request through and loses the answer.
 */
export async function startFaultProxy(product: URL): Promise<FaultProxy> {
  const state = { requests: 0, plan: null as FaultProxy['plan'], hits: 0 };
  const send = product.protocol === 'https:' ? httpsRequest : httpRequest;

  function forward(request: IncomingMessage, body: Buffer): Promise<{ answer: IncomingMessage; text: Buffer }> {
    return new Promise((resolve, reject) => {
      const { host: _, connection: __, ...headers } = request.headers;
      const out = send(new URL(request.url!, product.origin), { method: request.method, headers: { ...headers, 'content-length': body.length } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ answer, text: Buffer.concat(chunks) })).on('error', reject);
      });
      out.on('error', reject).end(body);
    });
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    state.requests += 1;
    const fault = state.plan?.() ?? null;
    if (fault !== null) state.hits += 1;
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (fault === 'stall') return;
      if (fault === '429' || fault === '500') return answerWith(response, Number(fault));
      const { answer, text } = await forward(request, Buffer.concat(chunks));
      if (fault === 'stall_after') return;
      if (fault === '500_after') return answerWith(response, 500);
      response.writeHead(answer.statusCode!, { 'content-type': answer.headers['content-type'] ?? 'application/json' }).end(text);
    } catch {
      // Either side broke its connection, and the other sees that, as it would without the proxy.
      request.socket.destroy();
    }
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${product.pathname.replace(/\/+$/, '')}`,
    get requests() {
      return state.requests;
    },
    get hits() {
      return state.hits;
    },
    get plan() {
      return state.plan;
    },
    set plan(plan: FaultProxy['plan']) {
      state.plan = plan;
      state.hits = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerWith(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end('{"detail":"a fault on purpose"}');
}

export interface FaultProxy {
  readonly url: string;
  /** Requests so far, with those that were broken. */
  readonly requests: number;
  /** Requests that the plan broke. */
  readonly hits: number;
  /** Decides for every request whether it is broken; null for none. */
  plan: (() => ProxyFault | null) | null;
  close(): Promise<void>;
}

export type ProxyFault = '429' | '500' | '500_after' | 'stall' | 'stall_after';
