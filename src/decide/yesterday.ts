import { counted } from "../base/text.ts";
import type { Quarter, Summarised } from "../model/history.ts";
import { UP_STATUSES } from "../model/node-status.ts";
import { median } from "./history.ts";
import { removeLines } from "./lines.ts";
import { nodesThatAre, type Snapshot } from "./snapshot.ts";

/** Up to this share of the last day's quarter-hours may be above a remove threshold: four hours of a full day. */
const MOST_OVER = 1 / 6;
/** Days of a large colony differ by more than one node, so yesterday is evaluated with up to this share of extra nodes. */
const MARGIN = 1 / 5;
/** Subtracted from that margin, so a colony of twenty is evaluated with one extra node. */
const SMALL_MARGIN = 3;
/** Upper limit of the margin: many nodes together vary less than each alone. */
const MOST_MARGIN = 12;
/** The cost of a node is derived from quarter-hours with at least this share of the current number of nodes. */
const ALIKE_SHARE = 0.5;

/** The cost of one more node, from those quarter-hours; undefined while there are too few. */
export function costOfNode(s: Pick<Snapshot, "nodes" | "history">, name: Summarised): number | undefined {
  const running = nodesThatAre(s, ...UP_STATUSES).length;
  const shares = (quarters: readonly Quarter[]) =>
    median(quarters.map((quarter) => share(quarter[name], quarter.nodes)));
  const alike = s.history.quarters.filter(({ nodes }) => nodes > 0 && nodes >= running * ALIKE_SHARE);
  return shares(alike.length > 0 ? alike : s.history.quarters.filter(({ nodes }) => nodes > 0));
}

const share = (value: number | undefined, nodes: number): number | undefined =>
  value === undefined ? undefined : value / nodes;

/** The reason if yesterday, with the extra nodes, would have been above a remove threshold for too long. */
export function reasonsOfYesterday(s: Snapshot): readonly string[] {
  const running = nodesThatAre(s, ...UP_STATUSES).length;
  const nodes = running + Math.min(MOST_MARGIN, Math.max(1, Math.floor(running * MARGIN) - SMALL_MARGIN));
  const lines = removeLines(s.config).flatMap((line) => {
    const { measurement: name } = line;
    if (name !== "used_cpu_percent" && name !== "used_mem_percent" && name !== "load_average_1") return [];
    return [{ line, name, cost: costOfNode(s, name) ?? 0 }];
  });
  const over = s.history.quarters.filter((quarter) =>
    lines.some(({ line, name, cost }) => {
      const value = quarter[name];
      return value === undefined || value + cost * (nodes - quarter.nodes) > line.limit;
    }),
  ).length;
  const allowed = Math.ceil(s.history.quarters.length * MOST_OVER);
  return over > allowed
    ? [
        `with ${counted(nodes, "node")}, ${over} quarter-hours of the last day would have been above a line for stopping, and ${allowed} are allowed`,
      ]
    : [];
}
