import { Metadata, type CallContext } from 'nice-grpc';
import type { ServiceBinding } from './binding.ts';
import { byteHandlers, type HandlerOptions, type StreamHandler, type UnaryHandler } from './handlers.ts';
import type { Pipe, PipeOptions } from './pipe.ts';

/** Carries bytes to handlers in this process. */
export function directPipe(binding: ServiceBinding, options: HandlerOptions): Pipe {
  const handlers = byteHandlers(binding, options);
  return {
    async unary(method, request, callOptions) {
      const { context, finish } = createContext(callOptions);
      try {
        return await (handlers[method] as UnaryHandler)(request, context);
      } finally {
        finish();
      }
    },
    async *stream(method, request, callOptions) {
      const { context, finish } = createContext(callOptions);
      try {
        for await (const bytes of (handlers[method] as StreamHandler)(request, context)) {
          context.sendHeader();
          yield bytes;
        }
      } finally {
        finish();
      }
    },
    close() {},
  };
}

function createContext({ metadata, signal, onHeader, onTrailer }: PipeOptions): { context: CallContext; finish: () => void } {
  let headerSent = false;
  const context: CallContext = {
    metadata: Metadata(metadata),
    peer: 'in-process',
    header: Metadata(),
    trailer: Metadata(),
    signal,
    sendHeader() {
      if (headerSent) return;
      headerSent = true;
      onHeader?.(Metadata(context.header));
    },
  };
  return {
    context,
    finish() {
      context.sendHeader();
      onTrailer?.(Metadata(context.trailer));
    },
  };
}
