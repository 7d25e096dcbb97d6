import { massFailure } from "./brake.ts";
import { inFlightCount, nodesThatAre, type Snapshot } from "./snapshot.ts";

/** Kinds of operation that have a limit of their own beside the common one. */
export type Operation = "starts" | "upgrades" | "removals";

const STATUS = { starts: "RESTARTING", upgrades: "UPGRADING", removals: "REMOVING" } as const;

/** How many more operations of the kind may begin now. */
export function freeSlots(s: Snapshot, operation: Operation): number {
  const own = s.config[`max_concurrent_${operation}`] - nodesThatAre(s, STATUS[operation]).length;
  const common = s.config.max_concurrent_operations - working(s);
  return Math.max(0, Math.min(own, common));
}

/** In flight; but removals that a mass failure has put off must not keep the other nodes from coming back. */
const working = (s: Snapshot): number =>
  inFlightCount(s) - (massFailure(s) === undefined ? 0 : nodesThatAre(s, "REMOVING").length);

/** Why no operation of the kind may begin now; undefined when one may. */
export function noSlot(s: Snapshot, operation: Operation): string | undefined {
  if (freeSlots(s, operation) > 0) return undefined;
  const inFlight = working(s);
  if (inFlight >= s.config.max_concurrent_operations) {
    return `${inFlight} in flight = max_concurrent_operations ${s.config.max_concurrent_operations}`;
  }
  const own = nodesThatAre(s, STATUS[operation]).length;
  return `${own} in flight = max_concurrent_${operation} ${s.config[`max_concurrent_${operation}`]}`;
}
