import type { Finding } from './finding.ts';

/** Says how far this machine's clock is from a server's; `skewMs` is ours minus theirs. */
export function skewOutcome(skewMs: number, whose: string): Pick<Finding, 'status' | 'detail'> {
  const seconds = Math.abs(skewMs) / 1_000;
  if (seconds <= TOLERATED_S) return { status: 'ok', detail: `the clock of ${whose} agrees with ours within ${TOLERATED_S} s` };
  const detail = `our clock is ${seconds.toFixed(0)} s ${skewMs > 0 ? 'ahead of' : 'behind'} that of ${whose}, so times in records of different machines cannot be compared; let NTP set both (timedatectl set-ntp true).`;
  return { status: seconds > REFUSED_S ? 'broken' : 'weak', detail };
}

/** The Date header has whole seconds, and an answer takes a while. */
const TOLERATED_S = 5;
/** Tokens and certificates go wrong before this. */
const REFUSED_S = 300;
