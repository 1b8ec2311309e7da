import { MethodAgentDefinition } from '../../gen/attune/agent/v1/agent.ts';
import { AttuneError } from '../errors.ts';
import { memoryLog } from '../memory-log.ts';
import { bindService, connect, serve, type Client, type ConnectOptions, type Implementation } from '../rpc.ts';

/** For tests: a method whose handlers are given one by one; the others answer `unimplemented`. */
export function testAgent(handlers: Partial<Agent>): Agent {
  const refuse = (): never => {
    throw new AttuneError('unimplemented', 'This test gives no handler for the method.');
  };
  return {
    describe: refuse,
    startSession: refuse,
    respond: refuse,
    respondStream: refuse,
    endSession: refuse,
    forget: refuse,
    exportState: refuse,
    importState: refuse,
    ...handlers,
  };
}

/** For tests: runs the work once with a direct client and once over gRPC; returns both outcomes, and the log lines of the handlers' side. */
export async function bothWays<T>(
  handlers: () => Partial<Agent>,
  work: (client: AgentClient) => Promise<T>,
  options: ConnectOptions = {},
): Promise<{ direct: Outcome<T>; wire: Outcome<T> }> {
  return { direct: await directly(handlers(), work, options), wire: await overWire(handlers(), work, options) };
}

async function directly<T>(handlers: Partial<Agent>, work: Work<T>, options: ConnectOptions): Promise<Outcome<T>> {
  const { log, lines } = memoryLog();
  const connection = connect(MethodAgentDefinition, testAgent(handlers), { ...options, log });
  try {
    return { ...(await outcome(work(connection.client))), lines };
  } finally {
    await connection.close();
  }
}

async function overWire<T>(handlers: Partial<Agent>, work: Work<T>, options: ConnectOptions): Promise<Outcome<T>> {
  const { log, lines } = memoryLog();
  const limit = options.maxMessageBytes === undefined ? {} : { maxMessageBytes: options.maxMessageBytes };
  const server = await serve([bindService(MethodAgentDefinition, testAgent(handlers))], { log, ...limit });
  const connection = connect(MethodAgentDefinition, server.address, options);
  try {
    return { ...(await outcome(work(connection.client))), lines };
  } finally {
    await connection.close();
    await server.stop(1_000);
  }
}

async function outcome<T>(work: Promise<T>): Promise<Omit<Outcome<T>, 'lines'>> {
  try {
    return { value: await work };
  } catch (thrown) {
    if (!(thrown instanceof AttuneError)) throw thrown;
    return { error: { code: thrown.code, message: thrown.message } };
  }
}

export type Agent = Implementation<MethodAgentDefinition>;
export type AgentClient = Client<MethodAgentDefinition>;
type Work<T> = (client: AgentClient) => Promise<T>;

export interface Outcome<T> {
  readonly value?: T;
  readonly error?: { readonly code: string; readonly message: string };
  readonly lines: Record<string, unknown>[];
}
