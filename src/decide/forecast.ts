import { counted } from "../base/text.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import { youngestFirst } from "./choose.ts";
import { awaitedForDisk, removalsForDisk, removalsHelp } from "./disk.ts";
import { growthInWeek, roomBelowRemove } from "./disk-growth.ts";
import { disksOf, nodesOnDisk } from "./disks.ts";
import { awaitsRemoval, neededRemovals } from "./needed.ts";
import { excessNodes, isDrained, isSteady, reasonsToStopAtOnce } from "./pressure.ts";
import { DRAINED, removalOrder, stopOrder } from "./rules/shed.ts";
import { mayUpgrade, nodesThatAre, type Snapshot, trustIn, withoutDoubtful } from "./snapshot.ts";
import { awaitedReasons, emergencies, lastingReasons } from "./windows.ts";

/** "one" or "at most N": how many nodes one run removes. */
const some = ({ config }: Snapshot): string =>
  config.max_concurrent_removals > 1 ? `at most ${config.max_concurrent_removals}` : "one";

const named = (nodes: readonly Node[]): string => nodes.map(nodeLabel).join(", ");

/** Sentences on which nodes current conditions will cost in this and later runs, and on what the rules wait for. */
export function forecast(all: Snapshot): readonly string[] {
  const s = withoutDoubtful(all);
  const reasons = [...removals(s), ...stops(s), ...upgrades(s), ...fillings(s)];
  const stopping = isSteady(s) && emergencies(s).length === 0 ? awaitedStops(s) : [];
  const waits = [...waitingRemovals(s), ...stopping, ...(isSteady(s) ? awaitedDeletions(s) : [])];
  return [...reasons, ...waits.map((wait) => `Waits: ${wait}`)];
}

/** The nodes that the thresholds would cost at most if usage stays as it is: with their data, or only stopped. */
export function nodesAtRisk(all: Snapshot): {
  readonly data: readonly Node[];
  readonly process: readonly Node[];
} {
  const s = withoutDoubtful(all);
  const deletes = (disk: Snapshot): boolean =>
    removalsForDisk(disk) > 0 || (isSteady(disk) && removalsHelp(disk) && awaitedForDisk(disk).length > 0);
  const at_once = emergencies(s).length > 0;
  const over = isSteady(s) ? [...lastingReasons(s), ...awaitedReasons(s)] : reasonsToStopAtOnce(s);
  return {
    data: disksOf(s).flatMap((disk) => (deletes(disk) ? removalsThere(disk) : [])),
    process: at_once || over.length > 0 ? stopOrder(s, at_once) : [],
  };
}

/** The nodes on this disk, in the order of removal for a full disk. */
function removalsThere(s: Snapshot): readonly Node[] {
  const on_disk = new Set(nodesOnDisk(s));
  return s.metrics.hd_at === undefined
    ? removalOrder(s)
    : removalOrder(s).filter((node) => on_disk.has(node));
}

const costing = (s: Snapshot, order: readonly Node[], what: string): string =>
  order.length === 0
    ? ""
    : `; that costs at most ${order.length} of ${counted(s.nodes.length, "node")} ${what}: ${named(order)}`;

const awaitedStops = (s: Snapshot): readonly string[] =>
  awaitedReasons(s).map((reason) => `${reason}${costing(s, stopOrder(s, false), "their process")}`);

const awaitedDeletions = (all: Snapshot): readonly string[] => disksOf(all).flatMap(awaitedOn);

const awaitedOn = (s: Snapshot): readonly string[] => {
  const on_disk = new Set(nodesOnDisk(s));
  const order = removalsHelp(s) ? removalOrder(s).filter((node) => on_disk.has(node)) : [];
  return awaitedForDisk(s).map((reason) => `${reason}${costing(s, order, "their data")}`);
};

function removals(s: Snapshot): readonly string[] {
  const of = s.nodes.length;
  const waiting = neededRemovals(s);
  const excess = Math.max(0, excessNodes(s));
  const gone = [...waiting, ...removalOrder(s).slice(0, excess)];
  const { node_cap, delay_remove } = s.config;
  const for_cap =
    excess === 0
      ? []
      : [
          `node_cap ${node_cap} costs ${gone.length} of ${counted(of, "node")}: ${named(gone)}; each is deleted ${delay_remove} s after its stop`,
        ];
  return [...for_cap, ...disksOf(s).flatMap(removalsOn)];
}

function removalsOn(s: Snapshot): readonly string[] {
  if (removalsForDisk(s) === 0) return [];
  const order = removalsThere(s);
  if (order.length === 0) return [];
  const rest = isSteady(s)
    ? `${some(s)} at a time, and the disk is measured after each`
    : `${some(s)} at a time`;
  return [
    `The full disk${nameOfDisk(s)} costs at most ${order.length} of ${counted(s.nodes.length, "node")}, while it lasts: ${named(order)}; ${rest}`,
  ];
}

function stops(s: Snapshot): readonly string[] {
  const at_once = [...emergencies(s), ...(isDrained(s) ? [DRAINED] : [])];
  const lasting = isSteady(s) ? lastingReasons(s) : reasonsToStopAtOnce(s);
  const reasons = [...at_once, ...lasting];
  if (reasons.length === 0) return [];
  const order = stopOrder(s, at_once.length > 0);
  if (order.length === 0) return [];
  const pace =
    at_once.length > 0 || !isSteady(s)
      ? `${some(s)} in each run`
      : `${some(s)}, then a wait for what that changes`;
  return [
    `${[...new Set(reasons)].join(", ")}; that costs at most ${order.length} of ${counted(s.nodes.length, "node")} their process, while it lasts: ${named(order)}; ${pace}`,
  ];
}

function upgrades(s: Snapshot): readonly string[] {
  if (!s.upgrades || trustIn(s) === "none") return [];
  const outdated = nodesThatAre(s, "RUNNING").filter((node) => mayUpgrade(s, node));
  return outdated.length === 0
    ? []
    : [
        `Version ${s.binary.version} goes to ${outdated.length} of ${counted(s.nodes.length, "node")}: ${named(outdated)}`,
      ];
}

/** Warnings about disks expected to reach hd_remove within a week. */
const fillings = (all: Snapshot): readonly string[] => disksOf(all).flatMap(fillingOf);

/** " /mnt/b" if there are several disks, else "". */
const nameOfDisk = ({ metrics: { hd_at } }: Snapshot): string => (hd_at === undefined ? "" : ` ${hd_at}`);

function fillingOf(s: Snapshot): readonly string[] {
  const [room, growth] = [roomBelowRemove(s), growthInWeek(s)];
  return room === undefined || growth <= room
    ? []
    : [
        `The disk${nameOfDisk(s)} reaches hd_remove ${s.config.hd_remove} % in ${((room / growth) * 7).toFixed(1)} days at this rate`,
      ];
}

const waitingRemovals = (s: Snapshot): readonly string[] =>
  youngestFirst(s.nodes.filter(awaitsRemoval)).map((node) => {
    const wait = Math.max(0, node.status_since + s.config.delay_remove - s.now);
    return `${nodeLabel(node)} is deleted in ${wait} s if that is still needed then`;
  });
