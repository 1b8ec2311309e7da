import { AttuneError } from '../errors.ts';

/** The most that one caller may ask of a server. */
export interface PeerLimits {
  /** Calls a second, on average over some seconds; twice as many may come at once. */
  readonly callsPerSecond: number;
  /** Calls under way at once. */
  readonly concurrentCalls: number;
}

/** Far above what a run needs: a limit against a client that has lost control, not a share to be dealt out. */
export const DEFAULT_PEER_LIMITS: PeerLimits = { callsPerSecond: 5_000, concurrentCalls: 20_000 };

/** Counts each peer's calls with a bucket that refills; quiet peers are forgotten, so memory follows the peers that are active. */
export function createPeerLimits(limits: PeerLimits, now: () => number = () => performance.now()): PeerGate {
  const burst = 2 * limits.callsPerSecond;
  const peers = new Map<string, Peer>();

  function forgetQuiet(at: number): void {
    for (const [name, peer] of peers) if (peer.underWay === 0 && refilled(peer, at) >= burst) peers.delete(name);
  }

  function refilled(peer: Peer, at: number): number {
    return Math.min(burst, peer.left + ((at - peer.at) / 1000) * limits.callsPerSecond);
  }

  return {
    enter(name) {
      const at = now();
      let peer = peers.get(name);
      if (!peer) {
        if (peers.size >= MOST_REMEMBERED) forgetQuiet(at);
        peers.set(name, (peer = { left: burst, at, underWay: 0 }));
      }
      peer.left = refilled(peer, at);
      peer.at = at;
      if (peer.left < 1) {
        throw new AttuneError('resource_exhausted', `The caller ${name} made more than ${limits.callsPerSecond} calls a second; ask less often, or raise ATTUNE_PEER_CALLS_PER_SECOND on the server.`);
      }
      if (peer.underWay >= limits.concurrentCalls) {
        throw new AttuneError('resource_exhausted', `The caller ${name} has ${peer.underWay} calls under way, which is the most; wait for some to end, or raise ATTUNE_PEER_CONCURRENT_CALLS on the server.`);
      }
      const entered = peer;
      entered.left -= 1;
      entered.underWay += 1;
      return () => void (entered.underWay -= 1);
    },
  };
}

/** Beyond so many peers, those that are quiet are forgotten before another is noted. */
const MOST_REMEMBERED = 1_000;

export interface PeerGate {
  /** Notes the start of a call; returns what notes its end. Throws `resource_exhausted` above a limit. */
  enter(peer: string): () => void;
}

interface Peer {
  /** Calls that may still come at once, as of `at`. */
  left: number;
  at: number;
  underWay: number;
}
