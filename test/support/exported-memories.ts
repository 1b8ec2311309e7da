import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MethodAgentDefinition } from '../../services/gen/attune/agent/v1/agent.ts';
import { connect } from '../../services/platform/rpc.ts';
import { sortedLines } from './attune.ts';

/** Every method's memory of a run's only user after so many sessions, as the agent exports it. */
export async function exportedMemories(run: string, agent: string, methods: readonly string[], session: number): Promise<Record<string, string>> {
  const { runId } = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8')) as { runId: string };
  const { userId } = JSON.parse(sortedLines(run, 'sessions.ndjson')[0]!) as { userId: string };
  const connection = connect(MethodAgentDefinition, agent);
  try {
    const found: Record<string, string> = {};
    for (const method of methods) {
      const { state, memoryHash } = await connection.client.exportState({ key: { user: { runId, method, userId }, session } });
      found[method] = `${memoryHash} ${Buffer.from(state).toString('utf8')}`;
    }
    return found;
  } finally {
    await connection.close();
  }
}
