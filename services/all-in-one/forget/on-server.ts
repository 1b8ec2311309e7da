import { Event } from '../../gen/attune/event/v1/event.ts';
import type { Experiment } from '../../orchestrator/service.ts';
import { AttuneError } from '../../platform/errors.ts';
import { eraseMessages, isLease, openRunRegistry, takeLease } from '../../platform/nats.ts';
import type { Nats, ServerMessage } from '../../platform/nats.ts';
import { namesUser } from '../../report/service.ts';
import type { Manifest, RunInputs } from '../../report/service.ts';
import { trajectoriesOf } from '../prepare-run.ts';
import type { ForgottenPlace } from './places.ts';

/** Keeps everybody else from the run on a server; throws `failed_precondition` while somebody coordinates or records it. */
export async function reserveRun(nats: Nats, { runId }: Manifest): Promise<() => Promise<void>> {
  const registry = openRunRegistry(nats);
  const taken: { release(): Promise<void> }[] = [];
  const release = async () => {
    for (const lease of taken.splice(0)) await lease.release();
  };
  for (const name of ['coordinator', 'recorder'] as const) {
    const lease = await takeLease(nats, registry.leaseKey(runId, name), { leaseMs: LEASE_MS, signal: new AbortController().signal });
    if (!isLease(lease)) {
      await release();
      throw new AttuneError('failed_precondition', `The run ${runId} should be at rest, found process ${lease.pid} on ${lease.host} as its ${name}; wait until the run ends, or stop it with: attune runs cancel ${runId}`);
    }
    taken.push(lease);
  }
  return release;
}

const LEASE_MS = 10_000;

/** Takes a user out of what a server holds of a run. */
export async function eraseOnServer(nats: Nats, run: { manifest: Manifest; experiment: Experiment; inputs: RunInputs }, userId: string): Promise<ForgottenPlace> {
  const places = trajectoriesOf(run.experiment, run.manifest, run.inputs).flatMap((t, index) => (t.profile.userId === userId ? [index] : []));
  const { read, erased, objects, mayLinger } = await eraseMessages(nats, run.manifest.runId, concerns(userId, new Set(places.map(String))));
  const lingering = mayLinger.length === 0 ? '' : `; ${mayLinger.join(', ')} hold other messages, so that their files may keep bytes of handled ones until the server rewrites them`;
  return { place: 'NATS server', where: nats.where, removed: `${erased} of ${read} messages and ${objects} objects overwritten${lingering}` };
}

/** Whether a message on the server is about a user, who has these trajectories. */
export function concerns(userId: string, trajectories: ReadonlySet<string>): (message: ServerMessage) => boolean {
  return ({ queue, subject, bytes }) => {
    const [, , , fourth = '', fifth = ''] = subject.split('.');
    if (queue === 'documents') return true;
    if (queue === 'work' || queue === 'judging') return trajectories.has(fourth);
    if (queue === 'dead') return trajectories.has(fifth) || namesUser(Buffer.from(bytes).toString('utf8'), userId);
    if (fourth === 't' && trajectories.has(fifth)) return true;
    const { fact } = Event.decode(bytes);
    switch (fact?.$case) {
      case 'sessionStarted':
      case 'turnCompleted':
        return fact.value.key?.user?.userId === userId;
      case 'sessionEnded':
        return fact.value.record?.userId === userId;
      case 'sessionJudged':
        return fact.value.verdict?.userId === userId;
      case 'faultSeen':
        return namesUser(`/${fact.value.detail}`, userId) || namesUser(fact.value.detail, userId);
      default:
        return false;
    }
  };
}
