import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** Starts a file that calls `serveMock` as a process of its own, so that its work is not measured with that of who calls it; it ends with this process. */
export async function startMockProcess<Tally>(file: string, setting: string): Promise<MockProcess<Tally>> {
  const child = fork(fileURLToPath(file), ['serve', setting], { execArgv: ['--import', 'tsx'] });
  const gone = new AbortController();
  child.once('exit', (code) => gone.abort(new Error(`The mock model server ended with code ${code}.`)));
  const next = async <T>() => ((await once(child, 'message', { signal: gone.signal })) as [T])[0];
  const port = await next<number>();
  return {
    origin: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    async take() {
      const taken = next<Tally>();
      child.send('take');
      return taken;
    },
    close: () => child.disconnect(),
  };
}

/** The setting that this process was started with as a mock; null in a process that is none. */
export function mockSetting(): string | null {
  return process.argv[2] === 'serve' && process.send ? process.argv[3]! : null;
}

/** Answers every POST with what `answer` makes of its body, when the promise of it resolves, and GET with the only model. What is taken is the tally so far; an empty one follows. */
export function serveMock<Tally>(model: string, empty: () => Tally, answer: (body: string, tally: Tally) => Promise<string>): void {
  let tally = empty();
  const models = JSON.stringify({ object: 'list', data: [{ id: model, object: 'model' }] });
  const server = createServer((request, response) => {
    const send = (text: string) => response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
    if (request.method === 'GET') send(models);
    else whenWhole(request, (body) => void answer(body, tally).then(send));
  });
  server.keepAliveTimeout = 600_000;
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => process.send!((server.address() as AddressInfo).port));
  process.on('message', () => {
    process.send!(tally);
    tally = empty();
  });
  process.on('disconnect', () => process.exit(0));
}

function whenWhole(request: IncomingMessage, then: (body: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => then(Buffer.concat(chunks).toString('utf8')));
}

/** The name of the schema that a request wants its answer to fit, found without reading the JSON, to leave the processor to those who are measured; empty for prose. */
export function schemaOf(body: string): string {
  const mark = '"json_schema":{"name":"';
  const at = body.indexOf(mark);
  return at === -1 ? '' : body.slice(at + mark.length, body.indexOf('"', at + mark.length));
}

export function completion(model: string, content: string): string {
  const message = { role: 'assistant', content };
  const usage = { prompt_tokens: 1_800, completion_tokens: 160, total_tokens: 1_960 };
  return JSON.stringify({ id: 'mock', object: 'chat.completion', created: 0, model, choices: [{ index: 0, message, finish_reason: 'stop' }], usage });
}

export interface MockProcess<Tally> {
  origin: string;
  pid: number;
  /** What came in since the last take; checks before a run are left out. */
  take(): Promise<Tally>;
  close(): void;
}
