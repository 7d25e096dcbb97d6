import { isOver, removeLines, valueOn } from "./lines.ts";
import { nodesThatAre, type Snapshot } from "./snapshot.ts";
import { costOfNode } from "./yesterday.ts";

/** A starting node uses this many times as much as a settled one. */
const STARTING_FACTOR = 3;
/** The share of free capacity that returning nodes may use; the rest is a reserve for whatever else happens. */
const USED_SHARE = 0.5;

/**
 * How many stopped nodes may start now: those that half of the capacity free below the remove thresholds can carry while
 * they start. 0 while the cost of a node is unknown.
 */
export function headroom(s: Snapshot): number {
  const rooms = removeLines(s.config).flatMap((line) => {
    const { measurement: name } = line;
    if (name !== "used_cpu_percent" && name !== "used_mem_percent" && name !== "load_average_1") return [];
    const [value, cost] = [valueOn(line, s.metrics), costOfNode(s, name)];
    if (value === undefined || cost === undefined || isOver(line, s.metrics)) return 0;
    return cost <= 0 ? [] : (USED_SHARE * (line.limit - value)) / (STARTING_FACTOR * cost);
  });
  const starting = nodesThatAre(s, "RESTARTING").length;
  return rooms.length === 0 ? 0 : Math.max(0, Math.floor(Math.min(...rooms)) - starting);
}
