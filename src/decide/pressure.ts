import { counted } from "../base/text.ts";
import type { HostMetrics } from "../model/host.ts";
import { inFlight, type Node } from "../model/node.ts";
import { UP_STATUSES } from "../model/node-status.ts";
import { noRoom } from "./disk-growth.ts";
import { diskOf, disksOf, hasSeveralDisks, nodesOnDisk, withoutDisk } from "./disks.ts";
import { comparison, growLines, type Line, removeLines, valueOn } from "./lines.ts";
import { nodesThatAre, type Snapshot } from "./snapshot.ts";

/** Measurements above their remove line now. A missing measurement is never a reason to shed. */
export const reasonsToShed = (s: Pick<Snapshot, "config" | "metrics">): readonly string[] =>
  reasonsOver(removeLines(s.config), s.metrics);

/** The measurements that are above these lines now. */
export const reasonsOver = (lines: readonly Line[], metrics: HostMetrics): readonly string[] =>
  lines.flatMap((line) => {
    const value = valueOn(line, metrics);
    return value !== undefined && value > line.limit ? comparison(line, metrics, ">") : [];
  });

/** True for wnm's own reaction, which looks at windows of minutes; false for Python wnm's, which looks at one. */
export const isSteady = ({ config }: Pick<Snapshot, "config">): boolean => config.reaction === "steady";

/** Why nodes are not started, restarted or upgraded now. Loads of 5 and 15 minutes fall late, so they stop growth alone. */
export const reasonsToWait = (s: Pick<Snapshot, "config" | "metrics" | "disks">): readonly string[] => [
  ...reasonsOver(
    removeLines(s.config).filter((line) => !isSteady(s) || !isSlow(line)),
    s.metrics,
  ),
  ...(readOnly(s) ?? []),
];

/** Why nothing is written to the one disk of the snapshot. */
export const readOnly = ({
  disks: [disk, ...others],
}: Pick<Snapshot, "disks">): readonly string[] | undefined =>
  disk?.read_only === true && others.length === 0 ? [`the disk of ${disk.name} is read-only`] : undefined;

/** Those of the nodes that neither the machine nor their disk keeps from being started, restarted or upgraded. */
export function withoutWait(s: Snapshot, nodes: readonly Node[]): readonly Node[] {
  if (nodes.length === 0) return [];
  if (!hasSeveralDisks(s)) return reasonsToWait(s).length > 0 ? [] : nodes;
  const free = new Set(
    disksOf(s).flatMap((view) => (reasonsToWait(view).length > 0 ? [] : nodesOnDisk(view))),
  );
  const machine = reasonsToWait(withoutDisk(s)).length > 0;
  return nodes.filter((node) => (diskOf(s, node) === undefined ? !machine : free.has(node)));
}

/** Its measurement lags: it stays high after the load itself has fallen. */
export const isSlow = ({ measurement }: Line): boolean =>
  measurement === "load_average_5" || measurement === "load_average_15";

/**
 * Measurements above their remove line now that a stop relieves, which is all but the disk's. While the limit of
 * starting nodes is reached, only memory counts: starts explain the use of processor, disk and network, and these do
 * not kill a machine.
 */
export const reasonsToStopAtOnce = (s: Snapshot): readonly string[] =>
  reasonsOver(linesToStopAtOnce(s), s.metrics);

/** The lines that `reasonsToStopAtOnce` looks at. */
export function linesToStopAtOnce(s: Snapshot): readonly Line[] {
  const starting = s.nodes.filter((node) => inFlight(node) && node.status !== "REMOVING").length;
  const settled = starting === 0 || starting < s.config.max_concurrent_operations;
  return removeLines(s.config).filter(({ on }) => on === "mem" || (settled && on !== "hd"));
}

/** True when the disk is above its remove line: then only deleting helps. */
export const diskPressure = (s: Pick<Snapshot, "config" | "metrics">): boolean =>
  s.metrics.used_hd_percent !== undefined && s.metrics.used_hd_percent > s.config.hd_remove;

/** node_cap 0: the operator wants every node stopped and none removed. */
export const isDrained = (s: Pick<Snapshot, "config">): boolean => s.config.node_cap === 0;

/** How many more nodes stay than the operator allows; negative below the cap. Those that are leaving do not stay. */
export const excessNodes = (s: Pick<Snapshot, "config" | "nodes">): number =>
  isDrained(s)
    ? Number.NEGATIVE_INFINITY
    : s.nodes.filter(({ status }) => status !== "REMOVING" && status !== "DEAD").length - s.config.node_cap;

/** The colony is larger than the operator allows, also when the nodes that are leaving are gone. */
export function overCap(s: Pick<Snapshot, "config" | "nodes">): string | undefined {
  return excessNodes(s) > 0
    ? `${counted(s.nodes.length, "node")} > node_cap ${s.config.node_cap}`
    : undefined;
}

/** Measurements that are not below their grow line now. A missing one argues against growing. */
export function reasonsNotToGrow(s: Snapshot): readonly string[] {
  const reasons = growLines(s.config).flatMap((line) => {
    const value = valueOn(line, s.metrics);
    if (value === undefined) return `${line.name} could not be measured`;
    return value >= line.limit ? comparison(line, s.metrics, ">=") : [];
  });
  const running = nodesThatAre(s, ...UP_STATUSES).length;
  return running >= s.config.node_cap
    ? [...reasons, `${counted(running, "node")} running = node_cap ${s.config.node_cap}`]
    : reasons;
}

/** Too little room on the disk for another node, now or in a week. */
export function diskTooSmall(s: Snapshot): string | undefined {
  const free = s.metrics.free_hd_bytes;
  return free !== undefined && free < s.config.crisis_bytes
    ? `${free} bytes of free disk space < crisis_bytes ${s.config.crisis_bytes}`
    : noRoom(s);
}
