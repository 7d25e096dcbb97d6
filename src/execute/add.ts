import { failureOf, StillStopping, WnmError } from "../base/errors.ts";
import { BECOMES } from "../decide/lifecycle/becomes.ts";
import type { Node, NodeId } from "../model/node.ts";
import type { Start } from "../process/contract/manager.ts";
import { SOFTWARE } from "../software/generations.ts";
import { assignContainer, recordContainers, removeEmptyContainers } from "./containers.ts";
import { type ExecutionContext, forget, keep } from "./context.ts";
import { createNode } from "./create-node.ts";
import { endNode } from "./end-node.ts";
import { launchOf, usableBinary } from "./launch.ts";
import { newNode, requireFit, requireFreeFolders } from "./new-node.ts";
import { requireSameStorage } from "./node-folder.ts";
import { startAll } from "./start-all.ts";

/** The number and the storage of a new node; undefined: the only storage. */
export type NewNode = { readonly id: NodeId; readonly storage: string | undefined };

/** Creates and starts a node. On failure, removes what was created and throws WnmError. */
export async function add(context: ExecutionContext, id: NodeId, storage?: string): Promise<void> {
  const { node, launch } = await prepareNew(context, id, storage);
  await undoOnFailure(context, node, async () => {
    keep(context, BECOMES.started(node, await context.manager(node.manager_type).start(node, launch)));
    await recordContainers(context, node);
  });
}

/** Adds nodes and starts them in as few calls as for one; returns the errors of those that failed. */
export async function addMany(
  context: ExecutionContext,
  adds: readonly NewNode[],
): Promise<ReadonlyMap<NodeId, WnmError>> {
  const failures = new Map<NodeId, WnmError>();
  const prepared: Start[] = [];
  for (const { id, storage } of adds) {
    const result = await failureOf(() => prepareNew(context, id, storage));
    if (result instanceof WnmError) failures.set(id, result);
    else prepared.push(result);
  }
  const results = await startAll(context, prepared);
  for (const { node } of prepared) {
    const result = results.get(node.id);
    if (result instanceof WnmError) {
      failures.set(node.id, result);
      // If this fails too, a later run finishes the removal.
      await failureOf(() => undo(context, node, result));
    } else keep(context, BECOMES.started(node, result));
  }
  return failures;
}

async function prepareNew(context: ExecutionContext, id: NodeId, storage?: string): Promise<Start> {
  const binary = usableBinary(context.binary);
  requireFit(context);
  const draft = newNode(context, id, SOFTWARE[binary.software], storage);
  const manager = context.manager(draft.manager_type);
  requireSameStorage(context, draft);
  requireFreeFolders(draft);
  const placed = assignContainer(context, draft);
  const { launch, row } = await launchOf(context, placed);
  const starting = keep(context, BECOMES.starting({ ...placed, ...row }, context.now()));
  const neverReused = manager.ids === "never reuse";
  if (neverReused) context.store.save({ settings: { highest_node_id_used: id } });
  const node = await undoOnFailure(context, starting, async () => {
    try {
      return await createNode(context, starting, launch);
    } catch (error) {
      // antctl did not use up the number, so it stays free.
      if (neverReused && manager.placementOf?.(starting) === undefined)
        context.store.save({ settings: { highest_node_id_used: highestBefore(context, id) } });
      throw error;
    }
  });
  context.noteCopied(context.binary, node.binary);
  return { node, launch };
}

/** The highest number that any other node has or had; undefined if there was none. */
function highestBefore({ config, nodes }: ExecutionContext, id: NodeId): number | undefined {
  const others = [...nodes.keys()].filter((other) => other !== id);
  return Math.max(config.highest_node_id_used ?? 0, ...others) || undefined;
}

async function undoOnFailure<T>(context: ExecutionContext, node: Node, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    await undo(context, node, error);
    throw error;
  }
}

/** Removes the files and definitions of a failed add. Throws WnmError. */
async function undo(context: ExecutionContext, node: Node, because: WnmError): Promise<void> {
  const manager = context.manager(node.manager_type);
  const removing = keep(context, {
    ...BECOMES.removing(node, "begun", context.now()),
    problem: because.message,
  });
  try {
    await endNode(context, removing);
  } catch (error) {
    // A later run finishes the removal; this one reports why the add failed.
    if (error instanceof StillStopping) return;
    throw error;
  }
  requireSameStorage(context, removing);
  await manager.remove(removing, context.allowedFolders);
  requireSameStorage(context, removing);
  await removeEmptyContainers(context, removing);
  forget(context, removing);
}
