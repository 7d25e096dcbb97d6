import type { Node } from "../model/node.ts";
import { neverAutomatic } from "./budget.ts";
import { youngestFirst } from "./choose.ts";
import { removalsHelp } from "./disk.ts";
import { disksOf, hasSeveralDisks, nodesOnDisk } from "./disks.ts";
import { BECOMES } from "./lifecycle/becomes.ts";
import { excessNodes } from "./pressure.ts";
import type { Snapshot } from "./snapshot.ts";

/** The input for whether a removal is still needed. */
type Need = Pick<
  Snapshot,
  "config" | "metrics" | "disks" | "disk_histories" | "history" | "nodes" | "disk_use" | "now"
>;

/**
 * True for a removal that waits for delay_remove and is cancelled once it is not needed. Rows without a cause come from
 * other programs and count as well.
 */
export const awaitsRemoval = (node: Node): boolean =>
  node.status === "REMOVING" && (node.removal_cause === undefined || node.removal_cause === "needed");

/** The waiting removals, of the youngest nodes, that node_cap or a full disk still requires. */
export function neededRemovals(s: Need): readonly Node[] {
  if (neverAutomatic(s, "removals")) return [];
  const waiting = youngestFirst(s.nodes.filter(awaitsRemoval));
  const for_disk = disksOf(s).filter(removalsHelp);
  const relieving = new Set(
    for_disk.flatMap((view) => (hasSeveralDisks(s) ? nodesOnDisk(view) : view.nodes)),
  );
  const [helping, others] = [
    waiting.filter((node) => relieving.has(node)),
    waiting.filter((node) => !relieving.has(node)),
  ];
  const for_cap = Math.max(0, excessNodes(s) + waiting.length - helping.length);
  return helping.length === 0
    ? others.slice(0, for_cap)
    : youngestFirst([...helping, ...others.slice(0, for_cap)]);
}

/** A disk counts as no longer full this many percentage points below hd_remove; else nodes would stop and start in turn. */
const CLEARLY_BELOW = 1;

/**
 * Cancels removals that are no longer needed. While the disk is at hd_remove or cannot be measured, its waiting removals
 * are neither cancelled nor completed.
 */
export function withoutNeedlessRemovals(s: Need): readonly Node[] {
  if (!s.nodes.some(awaitsRemoval)) return s.nodes;
  const clear = disksOf(s).filter(({ metrics: { used_hd_percent: used }, config }) => {
    return used !== undefined && used <= config.hd_remove - CLEARLY_BELOW;
  });
  const judged = new Set(clear.flatMap((view) => (hasSeveralDisks(s) ? nodesOnDisk(view) : view.nodes)));
  const needed = new Set(neededRemovals(s));
  return s.nodes.map((node) =>
    judged.has(node) && awaitsRemoval(node) && !needed.has(node) ? BECOMES.kept(node, s.now) : node,
  );
}
