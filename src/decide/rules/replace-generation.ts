import type { Action } from "../../model/action.ts";
import type { Node, Seconds } from "../../model/node.ts";
import { freeSlots } from "../budget.ts";
import { nextIds, youngestFirst } from "../choose.ts";
import { disksOf } from "../disks.ts";
import { storagesForNew } from "../placing.ts";
import { diskTooSmall, reasonsToWait, withoutWait } from "../pressure.ts";
import { triable } from "../retry.ts";
import type { Rule } from "../rule.ts";
import { nodesThatAre, type Snapshot } from "../snapshot.ts";

/** Nodes of another generation than the program for new nodes, excluding disabled ones. */
export function oldGeneration(s: Pick<Snapshot, "nodes" | "binary">): readonly Node[] {
  const { binary } = s;
  if (binary.version === undefined) return [];
  return youngestFirst(
    s.nodes.filter((node) => node.software !== binary.software && node.status !== "DISABLED"),
  );
}

/** What removing the node would lose: its age and its records. */
export function whatIsLost(node: Node, now: Seconds): string {
  const days = Math.max(0, now - node.born_at) / 86_400;
  const records = node.records === undefined ? "an unknown number of" : String(node.records);
  return `an age of ${days.toFixed(1)} days and ${records} records`;
}

/**
 * Replaces nodes of the old generation by new ones, the youngest first, since they lose least. At most
 * max_concurrent_upgrades at once, and not while the machine is under pressure or the disk has no space for a new node.
 */
export const exchange: Rule = (s) => {
  if (!s.config.replace_generation) return [];
  const settling = nodesThatAre(s, "RESTARTING").length;
  const slots = Math.min(
    freeSlots(s, "upgrades") - settling,
    freeSlots(s, "starts"),
    freeSlots(s, "removals"),
  );
  const settled = triable(
    withoutWait(s, oldGeneration(s)).filter((node) => node.status === "RUNNING" || node.status === "STOPPED"),
    "replace",
    s.now,
  );
  const hasRoom = (view: Snapshot): boolean =>
    reasonsToWait(view).length === 0 && diskTooSmall(view) === undefined;
  if (!disksOf(s).some(hasRoom)) return [];
  const storages = storagesForNew(s, Math.min(Math.max(0, slots), settled.length), hasRoom);
  const ids = nextIds(s, storages.length);
  return settled.slice(0, ids.length).flatMap((node, i): readonly Action[] => {
    const [by, storage] = [ids[i], storages[i]];
    if (by === undefined) return [];
    const reason = `replace_generation: ${node.software} ${node.version ?? ""}, with it ${whatIsLost(node, s.now)} are lost`;
    return [{ type: "replace", node: node.id, by, ...(storage === undefined ? {} : { storage }), reason }];
  });
};
