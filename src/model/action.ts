import type { ActionType } from "./action-types.ts";
import { type NodeId, nodeLabel, type RemovalCause } from "./node.ts";

/** Types whose actions have no field other than the node. */
type PlainType = Exclude<
  ActionType,
  "add" | "move" | "upgrade" | "rollback" | "replace" | "remove" | "survey" | "idle"
>;

/** One thing to do to one node. `reason` is only for display; no code depends on it. */
export type Action = { readonly reason: string } & (
  | { readonly [T in PlainType]: { readonly type: T; readonly node: NodeId } }[PlainType]
  | { readonly type: "upgrade"; readonly node: NodeId; readonly to: string }
  | { readonly type: "rollback"; readonly node: NodeId; readonly to: string }
  /** `storage`: the folder of node_storage for the new node; undefined: the only one. */
  | { readonly type: "add"; readonly node: NodeId; readonly storage?: string | undefined }
  | {
      readonly type: "replace";
      readonly node: NodeId;
      readonly by: NodeId;
      readonly storage?: string | undefined;
    }
  | {
      readonly type: "remove";
      readonly node: NodeId;
      readonly when: "now" | "after delay";
      readonly cause: RemovalCause;
    }
  /** `to`: the storage. */
  | { readonly type: "move"; readonly node: NodeId; readonly to: string }
  | { readonly type: "survey"; readonly nodes: readonly NodeId[] }
  | { readonly type: "idle" }
);

/** Actions in order of execution. Never empty: `idle` says why nothing is done. */
export type Plan = readonly [Action, ...Action[]];

/** A line with the action, its node and its reason. */
export const describe = (action: Action): string => `${whatItIs(action)}: ${action.reason}`;

/** A line about a failed action. */
export const describeFailure = (action: Action, error: string): string =>
  `${whatItIs(action)} failed: ${error}; it was to be done because: ${action.reason}`;

function whatItIs(action: Action): string {
  switch (action.type) {
    case "idle":
      return "nothing to do";
    case "survey":
      return `survey of ${action.nodes.length} node${action.nodes.length === 1 ? "" : "s"}`;
    case "upgrade":
      return `upgrade ${nodeLabel({ id: action.node })} to ${action.to}`;
    case "move":
      return `move ${nodeLabel({ id: action.node })} to ${action.to}`;
    case "rollback":
      return `roll ${nodeLabel({ id: action.node })} back to ${action.to}`;
    case "replace":
      return `replace ${nodeLabel({ id: action.node })} by ${nodeLabel({ id: action.by })}`;
    case "remove": {
      const how = action.when === "now" ? "remove" : "stop, then remove,";
      return `${how} ${nodeLabel({ id: action.node })}`;
    }
    case "add": {
      const where = action.storage === undefined ? "" : ` in ${action.storage}`;
      return `add ${nodeLabel({ id: action.node })}${where}`;
    }
    default:
      return `${action.type} ${nodeLabel({ id: action.node })}`;
  }
}
