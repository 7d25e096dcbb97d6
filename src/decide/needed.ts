import type { Node } from "../model/node.ts";
import { neverAutomatic } from "./budget.ts";
import { youngestFirst } from "./choose.ts";
import { removalsHelp } from "./disk.ts";
import { disksOf, hasSeveralDisks, nodesOnDisk } from "./disks.ts";
import { BECOMES } from "./lifecycle/becomes.ts";
import { excessNodes } from "./pressure.ts";
import type { Snapshot } from "./snapshot.ts";

/** What says whether a removal is still needed. */
type Need = Pick<
  Snapshot,
  "config" | "metrics" | "disks" | "disk_histories" | "history" | "nodes" | "disk_use" | "now"
>;

/** A removal that waits for delay_remove and is undone once nothing asks for it. Rows of other programs name no cause. */
export const awaitsRemoval = (node: Node): boolean =>
  node.status === "REMOVING" && (node.removal_cause === undefined || node.removal_cause === "needed");

/** The waiting removals that node_cap or a full disk still asks for: the youngest nodes. */
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

/** Percent of the disk below hd_remove at which it counts as no longer full: on the line, nodes would stop and start in turn. */
const CLEARLY_BELOW = 1;

/** The nodes; those whose removal is no longer needed come back. While the disk is on its line or unknown, none does. */
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
