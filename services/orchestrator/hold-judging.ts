import type { Bus } from '../platform/bus.ts';
import type { Judging } from './judge-queue.ts';
import { stagesOf } from './judge-sessions.ts';

/** Takes finished sessions from the bus and leaves them unjudged, for a judge that may not grade: resuming the run judges them. */
export function holdJudging(bus: Bus): Judging {
  let unjudged = 0;
  bus.subscribe({ name: SUBSCRIPTION, facts: ['sessionEnded'], mode: 'queue' }, (event) => {
    const record = event.fact?.$case === 'sessionEnded' ? event.fact.value.record : undefined;
    if (record) unjudged += stagesOf(record).length;
    return Promise.resolve();
  });
  return {
    judgeAgain: (_, stages) => {
      unjudged += stages.length;
      return Promise.resolve();
    },
    idle: () => bus.idle(SUBSCRIPTION),
    unjudged: () => unjudged,
  };
}

const SUBSCRIPTION = 'judge held';
