import type { Action } from "../model/action.ts";
import { type Node, type NodeId, nodeLabel } from "../model/node.ts";
import { nextIds, oldestFirst, youngestFirst } from "./choose.ts";
import { startOrUpgrade } from "./revive.ts";
import { isOutdated, nodesThatAre, type Snapshot } from "./snapshot.ts";

/** Actions on nodes that a hand can force. */
export type ForcedNodeAction =
  | "add"
  | "remove"
  | "upgrade"
  | "start"
  | "stop"
  | "restart"
  | "disable"
  | "enable"
  | "survey";

/** Which nodes: by number, or so many of those that come first. */
export type Target = { readonly ids: readonly NodeId[] } | { readonly count: number };

/** Names that are not in the colony; a forced action on them is refused before anything happens. */
export function unknownNodes(s: Pick<Snapshot, "nodes">, target: Target): readonly string[] {
  if (!("ids" in target)) return [];
  const known = new Set(s.nodes.map((node) => node.id));
  return target.ids.filter((id) => !known.has(id)).map((id) => nodeLabel({ id }));
}

const BY_HAND = "forced by hand";

/** What a forced action does, as the same kind of plan that deciding makes; thresholds and slots are not asked. Pure. */
export function force(type: ForcedNodeAction, target: Target, s: Snapshot): readonly Action[] {
  if (type === "add") {
    const wanted = "count" in target ? target.count : 0;
    return nextIds(s, wanted).map((node) => ({ type, node, reason: BY_HAND }));
  }
  const nodes = chosen(type, target, s);
  switch (type) {
    case "survey":
      return [{ type, nodes: nodes.map((node) => node.id), reason: BY_HAND }];
    case "remove":
      return nodes.map((node) => ({ type, node: node.id, when: "now", reason: BY_HAND }));
    case "upgrade":
      return nodes.map((node) => ({
        type,
        node: node.id,
        to: s.binary.version ?? "unknown",
        reason: BY_HAND,
      }));
    case "start":
      return nodes.map((node) => startOrUpgrade(s, node, BY_HAND));
    default:
      return nodes.map((node) => ({ type, node: node.id, reason: BY_HAND }));
  }
}

function chosen(type: Exclude<ForcedNodeAction, "add">, target: Target, s: Snapshot): readonly Node[] {
  if ("ids" in target) {
    return target.ids
      .flatMap((id) => s.nodes.find((node) => node.id === id) ?? [])
      .filter((node) => applies(type, node));
  }
  return type === "survey" ? s.nodes : candidates(type, s).slice(0, target.count);
}

/** A start of a running node and a stop of a stopped one are done already. */
function applies(type: ForcedNodeAction, node: Node): boolean {
  if (type === "start") return node.pid === undefined;
  if (type === "enable") return node.status === "DISABLED";
  return true;
}

function candidates(type: Exclude<ForcedNodeAction, "add" | "survey">, s: Snapshot): readonly Node[] {
  switch (type) {
    case "remove":
      return youngestFirst(s.nodes);
    case "stop":
      return youngestFirst(nodesThatAre(s, "RUNNING", "RESTARTING", "UPGRADING"));
    case "start":
      return oldestFirst(nodesThatAre(s, "STOPPED"));
    case "upgrade":
      return oldestFirst(
        nodesThatAre(s, "RUNNING", "RESTARTING").filter((node) => isOutdated(node, s.binary)),
      );
    case "restart":
      return oldestFirst(nodesThatAre(s, "RUNNING", "RESTARTING", "UPGRADING"));
    case "enable":
      return oldestFirst(nodesThatAre(s, "DISABLED"));
    case "disable":
      return [];
    default: {
      (type) satisfies never;
      return [];
    }
  }
}
