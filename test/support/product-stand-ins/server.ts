import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { z } from 'zod';

/**
 * A JSON server for the product stand-ins: it knows its routes and no other, refuses whatever does not fit them to the letter, and may fail on purpose. A request that
 * no product would have taken is kept in `refused`.
 */
export async function startStandIn(options: { routes: readonly Route[]; header?: [name: string, value: string]; restart(): void }): Promise<ProductStandIn> {
  const standIn = { fault: null as ProductStandIn['fault'], refused: [] as string[], requests: [] as AskedOfProduct[] };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, 'http://stand-in');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const asked: AskedOfProduct = { method: request.method!, path: pathname, query: Object.fromEntries(searchParams), body: text === '' ? undefined : (JSON.parse(text) as unknown) };
    standIn.requests.push(asked);
    const fault = standIn.fault?.(asked, standIn.requests.length - 1) ?? null;
    if (fault?.kind === 'cut') return void request.socket.destroy();
    if (fault?.kind === 'stall') return;
    if (fault?.kind === 'status') return send(response, fault.status, { detail: 'a fault on purpose' });
    const answer = answerTo(asked, request);
    if (fault?.kind === 'stall_after') return;
    if (fault?.kind === 'cut_after') return void request.socket.destroy();
    send(response, answer.status, answer.body);
  }

  function answerTo(asked: AskedOfProduct, request: IncomingMessage): Answer {
    const refuse = (status: number, why: string): Answer => {
      standIn.refused.push(`${asked.method} ${asked.path}: ${why}`);
      return { status, body: { detail: why } };
    };
    const { header } = options;
    if (header && request.headers[header[0]] !== header[1]) return { status: 401, body: { detail: 'who are you?' } };
    for (const route of options.routes) {
      const found = asked.method === route.method ? route.path.exec(asked.path) : null;
      if (!found) continue;
      const body = route.body?.safeParse(asked.body);
      if (body && !body.success) return refuse(422, body.error.message);
      if (!route.body && asked.body !== undefined) return refuse(422, 'no body is expected');
      const unknown = Object.keys(asked.query).filter((name) => !(route.query ?? []).includes(name));
      if (unknown.length > 0) return refuse(422, `unknown parameters ${unknown.join(', ')}`);
      return route.answer({ part: decodeURIComponent(found[1] ?? ''), query: asked.query, body: body?.data as never });
    }
    return refuse(404, 'no such path');
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(standIn, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    restart: options.restart,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** Typed by its own schema. */
export function route<S extends z.ZodType>(parts: { method: string; path: RegExp; query?: readonly string[]; body: S; answer(asked: { part: string; query: Record<string, string>; body: z.output<S> }): Answer }): Route;
export function route(parts: { method: string; path: RegExp; query?: readonly string[]; answer(asked: { part: string; query: Record<string, string> }): Answer }): Route;
export function route(parts: Route): Route {
  return parts;
}

export function ok(body: unknown, status = 200): Answer {
  return { status, body };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body));
}

export interface Route {
  method: string;
  /** Its first group is handed on. */
  path: RegExp;
  query?: readonly string[];
  body?: z.ZodType;
  answer(asked: { part: string; query: Record<string, string>; body: never }): Answer;
}

interface Answer {
  status: number;
  body: unknown;
}

export interface ProductStandIn extends AsyncDisposable {
  readonly url: string;
  readonly requests: AskedOfProduct[];
  /** Requests that no product would have taken: none in a good test. */
  readonly refused: string[];
  /** Decides for each request, by its number from 0, whether it goes wrong. */
  fault: ((asked: AskedOfProduct, index: number) => ProductFault | null) | null;
  /** Stops the product and starts it again: queues are empty then, and stored memories stay. */
  restart(): void;
}

export interface AskedOfProduct {
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
}

/** `cut` and `stall` lose the request, `cut_after` and `stall_after` the answer to it. */
type ProductFault = { kind: 'cut' | 'cut_after' | 'stall' | 'stall_after' } | { kind: 'status'; status: number };
