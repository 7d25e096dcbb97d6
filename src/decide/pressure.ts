import { counted } from "../base/text.ts";
import type { HostMetrics } from "../model/host.ts";
import { inFlight, type Node } from "../model/node.ts";
import { UP_STATUSES } from "../model/node-status.ts";
import { noRoom } from "./disk-growth.ts";
import { diskOf, disksOf, hasSeveralDisks, nodesOnDisk, withoutDisk } from "./disks.ts";
import { comparison, growLines, type Line, removeLines, valueOn } from "./lines.ts";
import { nodesThatAre, type Snapshot } from "./snapshot.ts";

/** Measurements currently above their remove threshold. A missing measurement is never a reason to shed. */
export const reasonsToShed = (s: Pick<Snapshot, "config" | "metrics">): readonly string[] =>
  reasonsOver(removeLines(s.config), s.metrics);

/** The measurements currently above these thresholds. */
export const reasonsOver = (lines: readonly Line[], metrics: HostMetrics): readonly string[] =>
  lines.flatMap((line) => {
    const value = valueOn(line, metrics);
    return value !== undefined && value > line.limit ? comparison(line, metrics, ">") : [];
  });

/** True for the "steady" reaction, based on windows of minutes; false for Python wnm's, based on the current minute. */
export const isSteady = ({ config }: Pick<Snapshot, "config">): boolean => config.reaction === "steady";

/**
 * Why nodes are not started, restarted or upgraded now. The 5 and 15 minute loads are ignored here and only block growth,
 * because they stay high long after the machine is relieved.
 */
export const reasonsToWait = (s: Pick<Snapshot, "config" | "metrics" | "disks">): readonly string[] => [
  ...reasonsOver(
    removeLines(s.config).filter((line) => !isSteady(s) || !isSlow(line)),
    s.metrics,
  ),
  ...(readOnly(s) ?? []),
];

/** The reason if the snapshot's only disk is read-only. */
export const readOnly = ({
  disks: [disk, ...others],
}: Pick<Snapshot, "disks">): readonly string[] | undefined =>
  disk?.read_only === true && others.length === 0 ? [`the disk of ${disk.name} is read-only`] : undefined;

/** The nodes that may be started, restarted or upgraded, given the machine and their disk. */
export function withoutWait(s: Snapshot, nodes: readonly Node[]): readonly Node[] {
  if (nodes.length === 0) return [];
  if (!hasSeveralDisks(s)) return reasonsToWait(s).length > 0 ? [] : nodes;
  const free = new Set(
    disksOf(s).flatMap((view) => (reasonsToWait(view).length > 0 ? [] : nodesOnDisk(view))),
  );
  const machine = reasonsToWait(withoutDisk(s)).length > 0;
  return nodes.filter((node) => (diskOf(s, node) === undefined ? !machine : free.has(node)));
}

/** True for a measurement that lags, staying high after the load itself has fallen. */
export const isSlow = ({ measurement }: Line): boolean =>
  measurement === "load_average_5" || measurement === "load_average_15";

/**
 * Measurements currently above their remove threshold that stopping a node would lower: all but disk space. While the
 * limit of starting nodes is reached, only memory counts, because starts explain high processor, disk and network usage,
 * which does not kill a machine.
 */
export const reasonsToStopAtOnce = (s: Snapshot): readonly string[] =>
  reasonsOver(linesToStopAtOnce(s), s.metrics);

/** The thresholds that `reasonsToStopAtOnce` checks. */
export function linesToStopAtOnce(s: Snapshot): readonly Line[] {
  const starting = s.nodes.filter((node) => inFlight(node) && node.status !== "REMOVING").length;
  const settled = starting === 0 || starting < s.config.max_concurrent_operations;
  return removeLines(s.config).filter(({ on }) => on === "mem" || (settled && on !== "hd"));
}

/** True when the disk is above its remove threshold, where only deleting helps. */
export const diskPressure = (s: Pick<Snapshot, "config" | "metrics">): boolean =>
  s.metrics.used_hd_percent !== undefined && s.metrics.used_hd_percent > s.config.hd_remove;

/** True for node_cap 0: the operator wants every node stopped and none removed. */
export const isDrained = (s: Pick<Snapshot, "config">): boolean => s.config.node_cap === 0;

/** How many nodes, not counting those being removed, exceed node_cap; negative below the cap. */
export const excessNodes = (s: Pick<Snapshot, "config" | "nodes">): number =>
  isDrained(s)
    ? Number.NEGATIVE_INFINITY
    : s.nodes.filter(({ status }) => status !== "REMOVING" && status !== "DEAD").length - s.config.node_cap;

/** The reason if the colony exceeds node_cap even without the nodes being removed. */
export function overCap(s: Pick<Snapshot, "config" | "nodes">): string | undefined {
  return excessNodes(s) > 0
    ? `${counted(s.nodes.length, "node")} > node_cap ${s.config.node_cap}`
    : undefined;
}

/** Measurements not below their grow threshold. A missing one also blocks growth. */
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

/** The reason if the disk has too little space for another node, now or in a week. */
export function diskTooSmall(s: Snapshot): string | undefined {
  const free = s.metrics.free_hd_bytes;
  return free !== undefined && free < s.config.crisis_bytes
    ? `${free} bytes of free disk space < crisis_bytes ${s.config.crisis_bytes}`
    : noRoom(s);
}
