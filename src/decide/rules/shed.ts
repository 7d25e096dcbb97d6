import type { Action } from "../../model/action.ts";
import type { Node } from "../../model/node.ts";
import { freeSlots } from "../budget.ts";
import { youngestFirst } from "../choose.ts";
import { removalsForDisk } from "../disk.ts";
import { disksOf, hasSeveralDisks, nodesOnDisk, withoutDisk } from "../disks.ts";
import { excessShare, type Line } from "../lines.ts";
import {
  excessNodes,
  isDrained,
  isSlow,
  isSteady,
  linesToStopAtOnce,
  overCap,
  reasonsToShed,
  reasonsToStopAtOnce,
} from "../pressure.ts";
import { triable } from "../retry.ts";
import type { Rule } from "../rule.ts";
import { isDown, nodesThatAre, type Snapshot } from "../snapshot.ts";
import { KEEP_SECONDS, lastingOverloads, lastingReasons } from "../windows.ts";
import { nodesThatCannotChange } from "./read-only.ts";

/**
 * Stops or removes nodes while the machine is under pressure, the youngest first. Only a full disk or too many nodes
 * remove a node with its data; any other pressure only stops one, whatever else is in flight.
 */
export const shed: Rule = (all) => {
  // A node that cannot be observed must not cause another one's removal.
  const s: Snapshot = { ...all, nodes: all.nodes.filter(({ id }) => !all.doubtful.has(id)) };
  const removals = removalActions(s);
  return removals.length > 0 ? removals : relieve(s);
};

/** The reason for stopping with node_cap 0. */
export const DRAINED = "node_cap is 0: every node is stopped and keeps its data";

function relieve(s: Snapshot): readonly Action[] {
  // A drain needs no measurement in between, so it goes as fast as the operator allows.
  if (isDrained(s))
    return stopOrder(s, true)
      .slice(0, Math.max(1, s.config.max_concurrent_removals))
      .map((node) => ({ type: "stop", node: node.id, reason: DRAINED }));
  const reasons = isSteady(s) ? lastingReasons(s) : reasonsToStopAtOnce(s);
  if (reasons.length === 0) return [];
  const lines = isSteady(s) ? lastingOverloads(s).map(({ line }) => line) : linesToStopAtOnce(s);
  return stopOrder(s, false)
    .slice(0, stopsFor(s, lines))
    .map((node) => ({ type: "stop", node: node.id, reason: reasons.join(", ") }));
}

/**
 * How many nodes one run stops for these thresholds: at least one, at most max_concurrent_removals, and no more than the
 * pressure requires if all nodes contribute equally. Only one for a 5 or 15 minute load, which would still be high in the
 * next run and stop as many again.
 */
export function stopsFor(s: Snapshot, lines: readonly Line[]): number {
  const shares = lines.filter((line) => !isSlow(line)).map((line) => excessShare(line, s.metrics));
  const needed = Math.floor(nodesThatAre(s, "RUNNING").length * Math.max(0, ...shares));
  return Math.max(1, Math.min(needed, freeSlots(s, "removals")));
}

/**
 * Running nodes in the order in which pressure stops them. Those that have just started are included only in an emergency,
 * because stopping them would undo a recent action.
 */
export function stopOrder(s: Snapshot, at_once: boolean): readonly Node[] {
  const keeps = isSteady(s) && !at_once;
  const running = nodesThatAre(s, "RUNNING", ...(at_once ? (["RESTARTING"] as const) : [])).filter(
    ({ wanted, status_since }) => wanted === "running" && !(keeps && s.now - status_since < KEEP_SECONDS),
  );
  return triable(youngestFirst(running), "stop", s.now);
}

/**
 * Removes nodes. Stopped ones go first, since they earn nothing; a crashed node counts as running. All wait for
 * delay_remove, except those already stopped for that long when the disk is full, and those that were never up and so
 * have nothing to lose.
 */
function removalActions(s: Snapshot): readonly Action[] {
  // If a node cannot be deleted now, no other one is removed in its place.
  const fixed = new Set(nodesThatCannotChange(s).map(({ id }) => id));
  return removalsOnDisks(s).filter(({ node }) => !fixed.has(node));
}

function removalsOnDisks(s: Snapshot): readonly Removal[] {
  if (!hasSeveralDisks(s)) return removalsOf(s);
  // A full disk removes its own nodes; node_cap selects from all.
  const uncapped = { ...s.config, node_cap: Number.POSITIVE_INFINITY };
  const views = disksOf(s).map((view) => ({ ...view, nodes: nodesOnDisk(view), config: uncapped }));
  const removals = [...views.flatMap(removalsOf), ...removalsOf(withoutDisk(s))];
  const first = new Map(removals.toReversed().map((action) => [action.node, action]));
  return [...first.values()].toReversed().slice(0, freeSlots(s, "removals"));
}

type Removal = Extract<Action, { readonly type: "remove" }>;

function removalsOf(s: Snapshot): readonly Removal[] {
  const for_disk = removalsForDisk(s);
  const full = for_disk > 0;
  const excess = Math.max(for_disk, excessNodes(s));
  const reason = [...(full ? reasonsToShed(s) : []), overCap(s) ?? []].flat().join(", ");
  const has_waited = (node: Node): boolean =>
    full && isResting(node) && s.now - node.status_since >= s.config.delay_remove;
  return removalOrder(s)
    .slice(0, Math.min(freeSlots(s, "removals"), excess))
    .map((node) => ({
      type: "remove",
      node: node.id,
      when: wasNeverUp(node) || has_waited(node) ? "now" : "after delay",
      cause: "needed",
      reason,
    }));
}

/** Nodes in the order of removal; if only a full disk is the reason, just those on that disk. */
export function removalOrder(s: Snapshot): readonly Node[] {
  const for_disk = isSteady(s) && excessNodes(s) <= 0 && removalsForDisk(s) > 0;
  const fitting = new Set(for_disk ? nodesOnDisk(s) : s.nodes);
  const others = s.nodes.filter((node) => node.status === "RUNNING" || (isDown(node) && !wasNeverUp(node)));
  const candidates = [s.nodes.filter(wasNeverUp), s.nodes.filter(isResting), others].flatMap(youngestFirst);
  return triable(
    candidates.filter((node) => fitting.has(node)),
    "remove",
    s.now,
  );
}

const isResting = (node: Node): boolean => node.status === "STOPPED" && !isDown(node);

/** True for a node whose creation was interrupted, or that died before it had an identity or a record. */
const wasNeverUp = (node: Node): boolean =>
  isDown(node) &&
  !node.has_key &&
  node.peer_id === undefined &&
  node.records === undefined &&
  node.data_bytes === undefined;
