import { typedWord } from "../base/shell-word.ts";
import type { Finding } from "../model/finding.ts";
import { type Node, nodeLabel, storageOf } from "../model/node.ts";
import { asRoot } from "../os/advice.ts";
import { mountOf, silentFolders } from "../os/files/silent-folders.ts";
import type { World } from "../os/world.ts";
import type { UnreadableNode } from "../settings/unreadable.ts";
import type { Store } from "../store/colony.ts";
import type { ObservationContext } from "./context.ts";
import { adviceOnLost, cureOfLost } from "./lost-storage.ts";
import { adoptable, adoptStorages, mismatch, storageFolders, storageProblems } from "./storages.ts";

/** The reachable part of the colony: nodes with a usable storage, and a context in which the others are left alone. */
export type Reach = {
  readonly context: ObservationContext;
  readonly nodes: readonly Node[];
  /** The usable folders, those of node_storage first. */
  readonly folders: readonly string[];
};

/**
 * Leaves out nodes whose storage does not respond, is missing, or is not this colony's. They are treated like unreadable
 * nodes: never touched, but counted for node_cap, with their numbers and ports reserved. Throws Refused if no storage is
 * left and not all merely fail to respond.
 */
export async function withinReach(context: ObservationContext, nodes: readonly Node[]): Promise<Reach> {
  const folders = storageFolders(context.config.node_storage, nodes);
  const silent = await silentFolders(folders);
  const answering = leftOut({ context, nodes, folders }, silentReasons(silent));
  // With a single storage nothing can be left out; the observation verifies it and refuses.
  if (folders.length === 1) return answering;
  const { store } = context;
  const coming = adoptable(store, answering.nodes, answering.folders);
  const problems = storageProblems(store, answering.folders, coming);
  if (problems.size > 0 && problems.size === answering.folders.length)
    throw mismatch(problems, cureOfLost(store, problems));
  return leftOut(answering, problems);
}

const silentReasons = (silent: ReadonlySet<string>): ReadonlyMap<string, string> =>
  new Map([...silent].map((storage) => [storage, `the storage ${storage} ${NO_ANSWER}`]));

const NO_ANSWER = "does not respond";

/** Marks new storages as this colony's, and leaves out those that cannot be marked. Throws Refused. */
export async function withAdopted({ context, nodes, folders }: Reach, world: World): Promise<Reach> {
  return leftOut({ context, nodes, folders }, await adoptStorages(context.store, nodes, folders, world));
}

/** Removes these storages, with the reason for each. */
function leftOut(reach: Reach, lost: ReadonlyMap<string, string>): Reach {
  if (lost.size === 0) return reach;
  const { context, nodes } = reach;
  const folders = reach.folders.filter((folder) => !lost.has(folder));
  const lost_storages = new Map([...(context.unreadable.lost_storages ?? []), ...lost]);
  const nowhere = context.config.node_storage.every((folder) => lost_storages.has(folder));
  const unreadable = {
    ...context.unreadable,
    nodes: [
      ...context.unreadable.nodes,
      ...nodes.flatMap((node) => outOfReach(node, lost.get(storageOf(node))) ?? []),
    ],
    lost_storages,
    ...(nowhere && { nowhere }),
  };
  return {
    context: { ...context, unreadable },
    nodes: nodes.filter((node) => !lost.has(storageOf(node))),
    folders,
  };
}

const outOfReach = (node: Node, because: string | undefined): UnreadableNode | undefined =>
  because === undefined
    ? undefined
    : { id: node.id, because, ports: [node.port, node.metrics_port], storage: storageOf(node) };

/** A finding for each unusable storage, naming the nodes that are left alone. */
export function reachFindings({
  unreadable,
  store,
}: Pick<ObservationContext, "unreadable"> & {
  readonly store: Pick<Store, "storages">;
}): readonly Finding[] {
  const marks = new Map(store.storages().map(({ path, id }) => [path, id]));
  return [...(unreadable.lost_storages ?? [])].map(([storage, because]) => {
    const ids = unreadable.nodes.flatMap(({ id, storage: its }) =>
      its === storage && id !== undefined ? id : [],
    );
    const nodes = ids.map((id) => nodeLabel({ id }));
    const whose =
      nodes.length === 0 ? "" : `, so ${nodes.join(", ")} ${nodes.length === 1 ? "is" : "are"} left alone`;
    // The advice below repeats this.
    const reason = because.replace(/; is its disk mounted\?$/, "");
    const sentence = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}${whose}; no node is added${unreadable.nowhere === true ? "" : " there"}`;
    // Looking into a storage that does not respond, even for advice, would hang.
    if (because.endsWith(NO_ANSWER))
      return { key: "storage-silent", severity: "bad", ...silentStorage(storage, sentence) };
    const { words, cure } = adviceOnLost(storage, because, ids, marks);
    return {
      key: "storage-lost",
      subject: storage,
      severity: "bad",
      sentence: `${sentence}. ${words}`,
      cure,
    };
  });
}

/** The sentence for a storage that does not respond, and the command that may restore it. */
export function silentStorage(
  storage: string,
  sentence = `The storage ${storage} ${NO_ANSWER}`,
): Pick<Finding, "subject" | "sentence" | "cure"> {
  const mount = typedWord(mountOf(storage) ?? storage);
  return {
    subject: storage,
    sentence: `${sentence}. Restore its disk or file server; the kernel's log may name the cause`,
    cure: `${asRoot(`umount -l ${mount}`)} && ${asRoot(`mount ${mount}`)}`,
  };
}
