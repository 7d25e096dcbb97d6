import { ACTION_TYPES } from "../model/action-types.ts";
import { inFlight } from "../model/node.ts";
import { massFailure } from "./mass-failure.ts";
import { inFlightCount, nodesThatAre, type Snapshot } from "./snapshot.ts";

/** Kinds of operation with their own limit in addition to the common one. */
export type Operation = "starts" | "upgrades" | "removals";

const STATUS = {
  starts: ACTION_TYPES.start.becomes,
  upgrades: ACTION_TYPES.upgrade.becomes,
  removals: ACTION_TYPES.remove.becomes,
} as const;

/** How many more operations of the kind may start now. */
export function freeSlots(s: Snapshot, operation: Operation): number {
  const own = s.config[`max_concurrent_${operation}`] - underWay(s, operation);
  const common = s.config.max_concurrent_operations - working(s);
  return Math.max(0, Math.min(own, common));
}

/** The operations in flight, without removals postponed by a mass failure, which must not block other nodes' return. */
const working = (s: Snapshot): number =>
  inFlightCount(s) - (massFailure(s) === undefined ? 0 : underWay(s, "removals"));

const underWay = (s: Snapshot, operation: Operation): number =>
  nodesThatAre(s, STATUS[operation]).filter(inFlight).length;

const limitsOf = (operation: Operation) =>
  ["max_concurrent_operations", `max_concurrent_${operation}`] as const;

/** True when the limit is 0, so the operation never happens automatically. */
export const neverAutomatic = ({ config }: Pick<Snapshot, "config">, operation: Operation): boolean =>
  limitsOf(operation).some((name) => config[name] === 0);

/** Why no operation of the kind may start now; undefined when one may. */
export function noSlot(s: Snapshot, operation: Operation): string | undefined {
  if (freeSlots(s, operation) > 0) return undefined;
  const none = limitsOf(operation).find((name) => s.config[name] === 0);
  if (none !== undefined) return `${none} is 0`;
  const inFlight = working(s);
  if (inFlight >= s.config.max_concurrent_operations) {
    return `${inFlight} in flight = max_concurrent_operations ${s.config.max_concurrent_operations}`;
  }
  const own = underWay(s, operation);
  return `${own} in flight = max_concurrent_${operation} ${s.config[`max_concurrent_${operation}`]}`;
}
