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
 * Gives nodes up while the machine is under pressure, the youngest first. Only a full disk or too many nodes cost a node
 * its data; any other pressure only stops one, whatever else is in flight.
 */
export const shed: Rule = (all) => {
  // A node that cannot be observed does not cost another one its place.
  const s: Snapshot = { ...all, nodes: all.nodes.filter(({ id }) => !all.doubtful.has(id)) };
  const removals = giveUp(s);
  return removals.length > 0 ? removals : relieve(s);
};

/** What an operator asks for with node_cap 0. */
export const DRAINED = "node_cap is 0: every node is stopped and keeps its data";

function relieve(s: Snapshot): readonly Action[] {
  // A drain needs no measurement between removals, so it goes as fast as the operator allows.
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
 * How many nodes one run stops for these lines: as many as the operator lets removals go, up to what the pressure needs
 * if the nodes share in it alike, and always one. A load of 5 or 15 minutes would ask for the same nodes again in the
 * next run.
 */
export function stopsFor(s: Snapshot, lines: readonly Line[]): number {
  const shares = lines.filter((line) => !isSlow(line)).map((line) => excessShare(line, s.metrics));
  const needed = Math.floor(nodesThatAre(s, "RUNNING").length * Math.max(0, ...shares));
  return Math.max(1, Math.min(needed, freeSlots(s, "removals")));
}

/** Running nodes in the order in which pressure stops them; those that have just started only in an emergency. */
export function stopOrder(s: Snapshot, at_once: boolean): readonly Node[] {
  const keeps = isSteady(s) && !at_once;
  const running = nodesThatAre(s, "RUNNING", ...(at_once ? (["RESTARTING"] as const) : [])).filter(
    ({ wanted, status_since }) => wanted === "running" && !(keeps && s.now - status_since < KEEP_SECONDS),
  );
  return triable(youngestFirst(running), "stop", s.now);
}

/**
 * Nodes that were stopped before go first, since they earn nothing. A node that crashed is not one of them: it goes as
 * if it ran. All wait for delay_remove, but those that have been stopped for so long when the disk is full, and those
 * that were never up and so have nothing to lose.
 */
function giveUp(s: Snapshot): readonly Action[] {
  // A node that cannot be deleted now is not replaced by another one.
  const fixed = new Set(nodesThatCannotChange(s).map(({ id }) => id));
  return removalsOnDisks(s).filter(({ node }) => !fixed.has(node));
}

function removalsOnDisks(s: Snapshot): readonly Removal[] {
  if (!hasSeveralDisks(s)) return removalsOf(s);
  // A full disk costs its own nodes; node_cap chooses among all.
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

/** Nodes in the order in which they are removed; for a full disk alone, only those that lie on it. */
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

/** Its making was cut short, or it died before anything of it was seen: no identity, no record. */
const wasNeverUp = (node: Node): boolean =>
  isDown(node) &&
  !node.has_key &&
  node.peer_id === undefined &&
  node.records === undefined &&
  node.data_bytes === undefined;
