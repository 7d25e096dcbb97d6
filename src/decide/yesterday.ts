import { counted } from "../base/text.ts";
import type { Quarter, Summarised } from "../model/history.ts";
import { UP_STATUSES } from "../model/node-status.ts";
import { median } from "./history.ts";
import { removeLines } from "./lines.ts";
import { nodesThatAre, type Snapshot } from "./snapshot.ts";

/** The share of the quarter-hours of the last day that may be over a remove line: four hours of a whole day. */
const MOST_OVER = 1 / 6;
/** Days differ by more than one node of a large colony: there yesterday is looked at with up to a fifth more of them. */
const MARGIN = 1 / 5;
/** Nodes of that fifth that do not count, so that a colony of twenty is looked at with one more. */
const SMALL_MARGIN = 3;
/** Many nodes vary less together than each does. */
const MOST_MARGIN = 12;
/** What a node costs is learned from quarters with at least this share of the nodes that run now. */
const ALIKE_SHARE = 0.5;

/** What one more node would have cost in those quarter-hours; undefined while there are too few. */
export function costOfNode(s: Pick<Snapshot, "nodes" | "history">, name: Summarised): number | undefined {
  const running = nodesThatAre(s, ...UP_STATUSES).length;
  const shares = (quarters: readonly Quarter[]) =>
    median(quarters.map((quarter) => share(quarter[name], quarter.nodes)));
  const alike = s.history.quarters.filter(({ nodes }) => nodes > 0 && nodes >= running * ALIKE_SHARE);
  return shares(alike.length > 0 ? alike : s.history.quarters.filter(({ nodes }) => nodes > 0));
}

const share = (value: number | undefined, nodes: number): number | undefined =>
  value === undefined ? undefined : value / nodes;

/** Why yesterday, with more nodes than run now, would have been over a remove line for too long. */
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
        `with ${counted(nodes, "node")}, ${over} quarter-hours of the last day would have been above a line for stopping, and ${allowed} may be`,
      ]
    : [];
}
