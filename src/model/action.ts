import { type NodeId, nodeLabel } from "./node.ts";

/** One thing to do to one node. `reason` is for people; no code reads it. */
export type Action = { readonly reason: string } & (
  | { readonly type: "add"; readonly node: NodeId }
  | { readonly type: "start"; readonly node: NodeId }
  | { readonly type: "stop"; readonly node: NodeId }
  | { readonly type: "restart"; readonly node: NodeId }
  | { readonly type: "disable"; readonly node: NodeId }
  | { readonly type: "enable"; readonly node: NodeId }
  | { readonly type: "upgrade"; readonly node: NodeId; readonly to: string }
  | { readonly type: "rollback"; readonly node: NodeId; readonly to: string }
  | { readonly type: "replace"; readonly node: NodeId; readonly by: NodeId }
  | { readonly type: "remove"; readonly node: NodeId; readonly when: "now" | "after delay" }
  | { readonly type: "survey"; readonly nodes: readonly NodeId[] }
  | { readonly type: "idle" }
);
export type ActionType = Action["type"];

/** Actions in the order of work. Never empty: doing nothing is the action `idle`, which says why. */
export type Plan = readonly [Action, ...Action[]];

/** One line for people: what, to which node, and why. */
export function describe(action: Action): string {
  switch (action.type) {
    case "idle":
      return `nothing to do: ${action.reason}`;
    case "survey":
      return `survey of ${action.nodes.length} node${action.nodes.length === 1 ? "" : "s"}: ${action.reason}`;
    case "upgrade":
      return `upgrade ${nodeLabel({ id: action.node })} to ${action.to}: ${action.reason}`;
    case "rollback":
      return `roll ${nodeLabel({ id: action.node })} back to ${action.to}: ${action.reason}`;
    case "replace":
      return `replace ${nodeLabel({ id: action.node })} by ${nodeLabel({ id: action.by })}: ${action.reason}`;
    case "remove": {
      const how = action.when === "now" ? "remove" : "stop, then remove,";
      return `${how} ${nodeLabel({ id: action.node })}: ${action.reason}`;
    }
    default:
      return `${action.type} ${nodeLabel({ id: action.node })}: ${action.reason}`;
  }
}
