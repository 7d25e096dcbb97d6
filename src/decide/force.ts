import type { Action } from "../model/action.ts";
import { type ForcedAction, type ForcedActionType, forcingOf } from "../model/action-types.ts";
import { type Node, type NodeId, nodeLabel, otherFolderOf, storageOf } from "../model/node.ts";
import { nextIds, oldestFirst, youngestFirst } from "./choose.ts";
import { storagesForNew } from "./placing.ts";
import { startOrUpgrade } from "./rules/revive.ts";
import { isOutdated, nodesThatAre, type Snapshot } from "./snapshot.ts";

/** The target nodes, by number or as a count. */
export type Target = ({ readonly ids: readonly NodeId[] } | { readonly count: number }) & {
  /** For a move: the target storage, and the storage that --count selects from. */
  readonly to?: string | undefined;
  readonly from?: string | undefined;
};

/** Ids that are not in the colony; a forced action that names one is refused before anything happens. */
export function unknownNodes(s: Pick<Snapshot, "nodes">, target: Target): readonly NodeId[] {
  if (!("ids" in target)) return [];
  const known = new Set(s.nodes.map((node) => node.id));
  return target.ids.filter((id) => !known.has(id));
}

/** The reason of what an account asked for by name. */
export const BY_HAND = "forced by hand";

/** Nodes that a forced action skips, with the reason: named nodes, or nodes of a storage to be emptied. Pure. */
export function untouched(
  type: ForcedAction,
  target: Target,
  s: Pick<Snapshot, "nodes" | "unreadable" | "doubtful">,
): readonly { readonly service: string; readonly reason: string }[] {
  const isMeant = ({ id, storage }: { readonly id: NodeId; readonly storage: string }): boolean =>
    "ids" in target ? target.ids.includes(id) : type === "move" && storage === target.from;
  const unreachable = s.unreadable.nodes.flatMap(({ id, storage, because }) =>
    id !== undefined && storage !== undefined && isMeant({ id, storage })
      ? [{ service: nodeLabel({ id }), reason: `it is out of reach, because ${because}` }]
      : [],
  );
  return [
    ...unreachable,
    ...s.nodes.flatMap((node) => {
      if (!isMeant({ id: node.id, storage: storageOf(node) })) return [];
      // A named node is attempted and reports its own failure.
      const doubt = "ids" in target ? undefined : s.doubtful.get(node.id);
      const reason = whyNot(type, node) ?? doubt;
      return reason === undefined ? [] : [{ service: nodeLabel(node), reason }];
    }),
  ];
}

/** The plan of a forced action. Ignores thresholds and slots. Pure. */
export function force(type: ForcedAction, target: Target, s: Snapshot): readonly Action[] {
  if (type === "add") {
    const wanted = "count" in target ? target.count : 0;
    const storages = storagesForNew(s, wanted, () => true);
    return nextIds(s, wanted).map((node, i) => {
      const storage = storages[i] ?? storages.at(-1);
      return { type, node, ...(storage === undefined ? {} : { storage }), reason: BY_HAND };
    });
  }
  const nodes = chosen(type, target, s);
  switch (type) {
    case "survey":
      return [{ type, nodes: nodes.map((node) => node.id), reason: BY_HAND }];
    case "remove":
    case "teardown":
      return nodes.map((node) => ({
        type: "remove",
        node: node.id,
        when: "now",
        cause: "by hand",
        reason: BY_HAND,
      }));
    case "upgrade":
      return nodes.map((node) => ({
        type,
        node: node.id,
        to: s.binary.version ?? "unknown",
        reason: BY_HAND,
      }));
    case "move":
      return nodes.map((node) => ({ type, node: node.id, to: destinationOf(node, target), reason: BY_HAND }));
    case "start":
      return nodes.map((node) => startOrUpgrade(s, node, BY_HAND));
    default:
      return nodes.map((node) => ({ type, node: node.id, reason: BY_HAND }));
  }
}

function chosen(type: Exclude<ForcedAction, "add">, target: Target, s: Snapshot): readonly Node[] {
  if ("ids" in target) {
    return target.ids
      .flatMap((id) => s.nodes.find((node) => node.id === id) ?? [])
      .filter((node) => whyNot(type, node) === undefined);
  }
  if (type === "survey") return s.nodes;
  // A teardown includes doubtful nodes, for which it fails; --count skips them.
  const all = type === "move" ? movable(s, target) : candidates(type === "teardown" ? "remove" : type, s);
  return (type === "teardown" ? all : all.filter(({ id }) => !s.doubtful.has(id))).slice(0, target.count);
}

/** Nodes that can be moved off the storage, disabled ones last. */
function movable(s: Snapshot, { from, to }: Target): readonly Node[] {
  if (from === undefined) return candidates("move", s).filter((node) => storageOf(node) !== to);
  const isIn = (folder: string | undefined): boolean =>
    folder !== undefined && storageOf({ root_dir: folder }) === from;
  const leaving = youngestFirst(s.nodes).filter(
    (node) =>
      ((isIn(node.root_dir) && from !== to) || isIn(otherFolderOf(node))) &&
      whyNot("move", node) === undefined,
  );
  return [
    ...leaving.filter(({ status }) => status !== "DISABLED"),
    ...leaving.filter(({ status }) => status === "DISABLED"),
  ];
}

/** The target of a move. A node that has only leftovers in the storage to be emptied stays in its own storage. */
const destinationOf = (node: Node, { from, to = "" }: Target): string =>
  from === undefined || storageOf(node) === from ? to : storageOf(node);

const ENDING = "it was asked to end and has not ended yet; try again once it has";

const HALF_DELETED = "its data are being deleted";

/** Why the action has nothing to do on this node: already done, or impossible. */
function whyNot(type: ForcedAction, node: Node): string | undefined {
  switch (type) {
    case "start":
      if (node.removal_cause === "begun") return HALF_DELETED;
      if (node.stopping_since !== undefined) return ENDING;
      return node.pid === undefined ? undefined : "already running";
    case "restart":
      return node.removal_cause === "begun" ? HALF_DELETED : undefined;
    case "move":
      if (node.status === "DISABLED" && node.pid !== undefined)
        return "it is DISABLED and its operator has started it; end it first";
      return ["REMOVING", "DEAD"].includes(node.status) ? `it is ${node.status}` : undefined;
    case "enable":
      if (node.status !== "DISABLED") return "not disabled";
      return node.stopping_since === undefined ? undefined : ENDING;
    case "upgrade":
      return node.status === "DISABLED" || node.status === "REMOVING" ? `it is ${node.status}` : undefined;
    default:
      return undefined;
  }
}

function candidates(type: ForcedActionType, s: Snapshot): readonly Node[] {
  const { among = [], first } = forcingOf(type);
  // A stopping node is not selected again, except for removal.
  const nodes =
    among === "all"
      ? s.nodes
      : nodesThatAre(s, ...among).filter(({ stopping_since }) => stopping_since === undefined);
  const fit = type === "upgrade" ? nodes.filter((node) => isOutdated(node, s.binary)) : nodes;
  return first === "youngest" ? youngestFirst(fit) : oldestFirst(fit);
}
