import type { CallOptions } from 'nice-grpc';

/** How request and response bytes get to the handler and back. */
export interface Pipe {
  unary(method: string, request: Uint8Array, options: PipeOptions): Promise<Uint8Array>;
  stream(method: string, request: Uint8Array, options: PipeOptions): AsyncIterable<Uint8Array>;
  close(): void;
}

export interface PipeOptions extends CallOptions {
  readonly signal: AbortSignal;
  readonly remainingMs: number;
}
