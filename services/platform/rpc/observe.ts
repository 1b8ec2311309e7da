import type { CallContext, ServerMiddlewareCall } from 'nice-grpc-common';
import { AttuneError } from '../errors.ts';
import { isTracing, openSpan } from '../tracing.ts';

/** Notes every call, refused ones too, in the metrics and in the trace that the caller's metadata names. Without either it only hands the call on. */
export function createObserver(metrics: CallMetrics | undefined) {
  return async function* observe<Request, Response>(call: ServerMiddlewareCall<Request, Response>, context: CallContext) {
    const handled = call.next(call.request, context);
    const traced = isTracing();
    if (!metrics && !traced) return yield* handled;
    const rpc = call.method.path.slice(1);
    const end = metrics?.beginCall(rpc);
    let code = 'ok';
    try {
      return yield* traced ? inTrace(rpc, context, handled) : handled;
    } catch (thrown) {
      code = AttuneError.from(thrown).code;
      throw thrown;
    } finally {
      // A reader that leaves a stream ends it here too.
      end?.(context.signal.aborted && code === 'ok' ? 'cancelled' : code);
    }
  };
}

/** Runs every step of a call within one span: an async generator remembers nothing of where it was made. */
async function* inTrace<Response>(rpc: string, context: CallContext, handled: AsyncGenerator<Response, Response | void, undefined>): AsyncGenerator<Response, Response | void, undefined> {
  const span = openSpan(rpc, { kind: 'server', traceparent: context.metadata.get(TRACEPARENT) });
  try {
    for (;;) {
      const step = await span.within(() => handled.next());
      if (step.done) return step.value;
      yield step.value;
    }
  } catch (thrown) {
    span.fail(thrown);
    throw thrown;
  } finally {
    await handled.return(undefined);
    span.end();
  }
}

/** Of W3C trace context. */
export const TRACEPARENT = 'traceparent';

/** What counts calls. */
export interface CallMetrics {
  /** Notes that a call began; what it returns notes the end, with `ok` or the code of the error. */
  beginCall(rpc: string): (code: string) => void;
}
