import type { Stage } from '../orchestrator/service.ts';
import { readSessions } from '../report/service.ts';
import type { TrajectoryProgress } from '../report/service.ts';

/** Sessions on disk that an earlier execution did not judge: their stages by record key. */
export function openStages(progress: readonly TrajectoryProgress[]): Map<string, Stage[]> {
  const open = new Map<string, Stage[]>();
  for (const { method, userId, lackingTask, lackingTurns, lackingProbe } of progress) {
    for (const [stage, sessions] of Object.entries({ task: lackingTask, turns: lackingTurns, probe: lackingProbe }) as [Stage, readonly number[]][]) {
      for (const session of sessions) {
        const key = `${method}/${userId}/${session}`;
        open.set(key, [...(open.get(key) ?? []), stage]);
      }
    }
  }
  return open;
}

/** Sessions on record that neither ended well nor ran out of turns. */
export async function failures(dir: string): Promise<{ count: number; first: string }> {
  const failed = { count: 0, first: '' };
  for await (const record of readSessions(dir)) {
    if (record.error === '') continue;
    failed.count += 1;
    failed.first ||= record.error;
  }
  return failed;
}
