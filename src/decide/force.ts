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
  | "survey"
  | "teardown";

/** Which nodes: by number, or so many of those that come first. */
export type Target = { readonly ids: readonly NodeId[] } | { readonly count: number };

/** Names that are not in the colony; a forced action on them is refused before anything happens. */
export function unknownNodes(s: Pick<Snapshot, "nodes">, target: Target): readonly string[] {
  if (!("ids" in target)) return [];
  const known = new Set(s.nodes.map((node) => node.id));
  return target.ids.filter((id) => !known.has(id)).map((id) => nodeLabel({ id }));
}

const BY_HAND = "forced by hand";

/** Nodes named by hand that a forced action leaves as they are, and why. Pure. */
export function untouched(
  type: ForcedNodeAction,
  target: Target,
  s: Pick<Snapshot, "nodes">,
): readonly { readonly service: string; readonly reason: string }[] {
  if (!("ids" in target)) return [];
  return s.nodes.flatMap((node) => {
    const reason = target.ids.includes(node.id) ? whyNot(type, node) : undefined;
    return reason === undefined ? [] : [{ service: nodeLabel(node), reason }];
  });
}

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
    case "teardown":
      return nodes.map((node) => ({ type: "remove", node: node.id, when: "now", reason: BY_HAND }));
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
      .filter((node) => whyNot(type, node) === undefined);
  }
  return type === "survey" ? s.nodes : candidates(type, s).slice(0, target.count);
}

/** Why the action has nothing to do on this node: it is so already. */
function whyNot(type: ForcedNodeAction, node: Node): string | undefined {
  switch (type) {
    case "start":
      return node.pid === undefined ? undefined : "already running";
    case "enable":
      return node.status === "DISABLED" ? undefined : "not disabled";
    case "upgrade":
      return node.status === "DISABLED" || node.status === "REMOVING" ? `it is ${node.status}` : undefined;
    default:
      return undefined;
  }
}

function candidates(type: Exclude<ForcedNodeAction, "add" | "survey">, s: Snapshot): readonly Node[] {
  switch (type) {
    case "remove":
    case "teardown":
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
