import { seedFrom } from '../random.ts';

/**
 * Picks the server for a call. Calls of one trajectory go to one server, whose prefix cache then knows their beginning: rendezvous hashing,
 * so that a server which comes or goes moves its own trajectories and no others. When the line there is more than twice the median of the
 * others' and FEW calls longer, the call goes to the least loaded instead; so does a call without a trajectory. Source: spec operations.md 2.5.
 */
export function pickServer<S extends Loaded>(servers: readonly S[], affinity: string | undefined): S {
  const least = leastLoaded(servers);
  if (affinity === undefined || servers.length === 1) return least;
  const target = highestHash(servers, affinity);
  const others = servers.filter((server) => server !== target).map(lengthOf);
  return lengthOf(target) > 2 * median(others) + FEW ? least : target;
}

/** A line as short as this is no reason to leave a warm cache. */
const FEW = 4;

/** The first of equals, so that the choice does not depend on anything but the loads and the order of the servers. */
function leastLoaded<S extends Loaded>(servers: readonly S[]): S {
  return servers.reduce((best, server) => (lengthOf(server) < lengthOf(best) ? server : best));
}

function highestHash<S extends Loaded>(servers: readonly S[], affinity: string): S {
  let best = servers[0]!;
  let highest = -1;
  for (const server of servers) {
    const hash = seedFrom(affinity, server.baseUrl);
    if (hash > highest) [best, highest] = [server, hash];
  }
  return best;
}

function lengthOf({ load }: Loaded): number {
  const { inFlight, waiting } = load();
  return inFlight + waiting;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

interface Loaded {
  readonly baseUrl: string;
  load(): { inFlight: number; waiting: number };
}
