import { counted } from "../../base/text.ts";
import { inFlight, type Node, nodeLabel } from "../../model/node.ts";
import { UP_STATUSES } from "../../model/node-status.ts";
import { freeSlots, noSlot } from "../budget.ts";
import { nextIds, oldestFirst, youngestFirst } from "../choose.ts";
import { diskOf, disksOf, hasSeveralDisks, nodesOnDisk } from "../disks.ts";
import { oncePer } from "../once-per.ts";
import { storagesForNew } from "../placing.ts";
import { diskTooSmall, isSteady, overCap, readOnly, reasonsNotToGrow, reasonsToShed } from "../pressure.ts";
import { backOff } from "../retry.ts";
import type { Rule } from "../rule.ts";
import { isDown, nodesThatAre, type Snapshot } from "../snapshot.ts";
import { isNewColony, KEEP_SECONDS, lastStopAt, reasonsNotGoodForLong } from "../windows.ts";
import { reasonsOfYesterday } from "../yesterday.ts";
import { startOrUpgrade } from "./revive.ts";

/** Uses free capacity: starts nodes stopped for load, oldest first, after delay_restart; then adds nodes up to node_cap. */
export const grow: Rule = (s) => {
  if (whyNotGrow(s).length > 0) return [];
  const most = isSteady(s) && isNewColony(s) ? 1 : freeSlots(s, "starts");
  const slots = Math.min(most, s.config.node_cap - running(s));
  const stopped = oldestFirst(
    viewsToGrow(s)
      .filter((view) => whyNotOn(view).length === 0)
      .flatMap(({ resting }) => resting),
  );
  if (stopped.length > 0) {
    return stopped.slice(0, slots).map((node) => startOrUpgrade(s, node, `there is room again: ${state(s)}`));
  }
  const total = countedForCap(s);
  const storages = storagesForNew(s, Math.min(slots, s.config.node_cap - total), takesNew);
  return nextIds(s, storages.length).map((node, i) => ({
    type: "add",
    node,
    ...(storages[i] === undefined ? {} : { storage: storages[i] }),
    reason: `${counted(total, "node")} < node_cap ${s.config.node_cap}; ${state(s)}`,
  }));
};

/** Every reason against growing now, on any disk, with numbers; empty when there is none. */
export const whyNotGrow = oncePer((s: Snapshot): readonly string[] => {
  const reasons = viewsToGrow(s).map(whyNotOn);
  return reasons.some((some) => some.length === 0) ? [] : [...new Set(reasons.flat())];
});

/** The snapshot's view for one disk, and the disk's nodes that wait to be started again. */
type ViewToGrow = { readonly view: Snapshot; readonly resting: readonly Node[] };

/** The disks that accept new nodes or have waiting ones. */
function viewsToGrow(s: Snapshot): readonly ViewToGrow[] {
  const resting = restingNodes(s);
  if (!hasSeveralDisks(s)) return [{ view: s, resting }];
  const views = disksOf(s).map((view, i): ViewToGrow => {
    const there = new Set(nodesOnDisk(view));
    // For a node on its own disk, the first disk's figures decide.
    return {
      view,
      resting: resting.filter((node) => there.has(node) || (i === 0 && diskOf(s, node) === undefined)),
    };
  });
  return views.filter(
    (one) => one.resting.length > 0 || one.view.disks.some(({ for_new }) => for_new.length > 0),
  );
}

/** True for a disk that can take a new node. */
export const takesNew = (view: Snapshot): boolean => whyNotOn({ view, resting: [] }).length === 0;

function whyNotOn({ view: s, resting }: ViewToGrow): readonly string[] {
  const over = reasonsToShed(s);
  // A figure above the remove threshold is also above the grow threshold.
  const measured = over.map((reason) => `${reason.slice(0, reason.indexOf(" > "))} >= `);
  const reasons = [
    ...(resting.length > 0 || s.no_new_node === undefined ? [] : [`no node can be added: ${s.no_new_node}`]),
    ...over,
    ...reasonsNotToGrow(s).filter((reason) => !measured.some((start) => reason.startsWith(start))),
  ];
  if (isSteady(s))
    reasons.push(...reasonsNotGoodForLong(s), ...reasonsOfYesterday(s), ...reasonOfYoungest(s));
  reasons.push(...reasonOfFailedAdds(s));
  const excess = overCap(s);
  if (excess !== undefined) reasons.push(excess);
  for (const status of ["REMOVING", "UPGRADING"] as const) {
    const busy = nodesThatAre(s, status).filter(inFlight).length;
    if (busy > 0) reasons.push(`${busy} node${busy === 1 ? " is" : "s are"} ${status}`);
  }
  const slot = noSlot(s, "starts");
  if (slot !== undefined) reasons.push(slot);
  const lastStop = lastStopAt(s);
  const hold = isSteady(s) ? Math.max(KEEP_SECONDS, s.config.delay_restart) : s.config.delay_restart;
  if (s.now - lastStop < hold) {
    const named =
      hold === s.config.delay_restart
        ? ` < delay_restart ${hold} s`
        : `, and the colony does not grow for ${hold} s after one`;
    reasons.push(`the last stop was ${s.now - lastStop} s ago${named}`);
  }
  reasons.push(...(readOnly(s) ?? []));
  if (resting.length > 0) return reasons;
  if (s.disks.length > 0 && s.disks.every(({ for_new }) => for_new.length === 0))
    reasons.push("no folder of node_storage can be used");
  const total = countedForCap(s);
  if (total >= s.config.node_cap && running(s) < s.config.node_cap) {
    reasons.push(`${counted(total, "node")} = node_cap ${s.config.node_cap}`);
  }
  const disk = diskTooSmall(s);
  if (disk !== undefined) reasons.push(disk);
  if (nextIds(s, 1).length === 0) reasons.push("no free port is left for another node");
  return reasons;
}

/** The reason if adding nodes has failed recently. */
function reasonOfFailedAdds({ history, now }: Snapshot): readonly string[] {
  const { failed_adds, add_failed_at } = history;
  if (failed_adds === 0 || add_failed_at === undefined) return [];
  const wait = add_failed_at + backOff(failed_adds) - now;
  return wait > 0 && wait <= backOff(failed_adds)
    ? [`adding a node has failed ${counted(failed_adds, "time")} in a row and is tried again in ${wait} s`]
    : [];
}

/**
 * The reason if the youngest node has not come up, since another one would do no better. Does not count if it has already
 * held data while the next youngest is well, because the fault is then its own.
 */
function reasonOfYoungest(s: Snapshot): readonly string[] {
  const [youngest, next] = youngestFirst(
    s.nodes.filter(({ status }) => status !== "DISABLED" && status !== "REMOVING"),
  );
  const reason = youngest && whyNotUp(youngest);
  const isAlone = next?.status === "RUNNING" && whyNotUp(next) === undefined;
  return reason === undefined || (isAlone && hasHeldData(youngest)) ? [] : [reason];
}

const hasHeldData = (node: Node | undefined): boolean =>
  (node?.records ?? 0) > 0 || (node?.data_bytes ?? 0) > 0;

/** Why the node counts as not up. */
function whyNotUp(node: Node): string | undefined {
  const label = `${nodeLabel(node)}, the youngest node,`;
  if (isDown(node)) return `${label} is down`;
  // A single crash repaired by the supervisor may have an external cause.
  if (node.crashes > (node.died_at === undefined ? 0 : 1))
    return `${label} has ended ${counted(node.crashes, "time")} and not run for an hour since`;
  if (node.status !== "RUNNING") return undefined;
  if (node.silent_since !== undefined) return `${label} does not answer`;
  return node.connected_peers === 0 ? `${label} has no peers` : undefined;
}

/** Nodes counted against node_cap, including unreadable ones, although these never cause a removal. */
const countedForCap = (s: Snapshot): number => s.nodes.length + s.unreadable.nodes.length;

const restingNodes = (s: Snapshot) => nodesThatAre(s, "STOPPED").filter((node) => node.wanted === "stopped");

const running = (s: Snapshot): number => nodesThatAre(s, ...UP_STATUSES).length;

function state(s: Snapshot): string {
  const { metrics, config } = s;
  const percents = (["cpu", "mem", "hd"] as const).map(
    (name) => `${name} ${metrics[`used_${name}_percent`]?.toFixed(1)} % < ${config[`${name}_less_than`]} %`,
  );
  const loads = [metrics.load_average_1, metrics.load_average_5, metrics.load_average_15];
  return `${percents.join(", ")}, loads ${loads.map((load) => load?.toFixed(2)).join(" ")} < ${config.desired_load_average}`;
}
