/** Runs that many processes share, over a NATS server with JetStream. The only place that knows NATS. */
export { connectNats, type Nats } from './bus/nats/connect.ts';
export { clearBuried, readBuried, type BuriedWork } from './bus/nats/dead-letters.ts';
export { eraseMessages, readMessages, type ErasedMessages, type ServerMessage } from './bus/nats/erase-messages.ts';
export { isKept, isLease, takeLease, type Lease, type LeaseHolder } from './bus/nats/lease.ts';
export { createRunBus } from './bus/nats/run-bus.ts';
export { natsEnv, type NatsSettings } from './bus/nats/settings.ts';
export { openTrajectoryLog, type TakenTrajectory, type TrajectoryLog } from './bus/nats/trajectory-log.ts';
export { openWorkQueue, type Taking, type WorkItem, type WorkOutcome, type WorkQueue } from './bus/nats/work-queue.ts';
export { openRunRegistry, type RunControl, type RunRegistry, type RunState, type RunStatus } from './bus/nats/run-registry.ts';
export { removeRunFromServer } from './bus/nats/remove-run.ts';
export { queueState } from './bus/nats/queue-state.ts';
export { answerQuestions, askAbout } from './bus/nats/questions.ts';
export { shareSpareWork } from './bus/nats/spare-work.ts';
export { inspectNats } from './bus/nats/inspect.ts';
export { isCaughtUp } from './bus/nats/caught-up.ts';
export { closeWhenLost } from './bus/nats/lost.ts';
