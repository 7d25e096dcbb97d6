import { basename } from "node:path";
import { Denied, failureOf, ProcessUnknown, Refused, StillStopping, WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import { BECOMES } from "../decide/lifecycle/becomes.ts";
import { type Node, nodeLabel, otherFolderOf, storageOf } from "../model/node.ts";
import { roomIn } from "../os/files/ballast.ts";
import { bytesOfTree, copyTree } from "../os/files/copy-tree.ts";
import { isThere, ownerOfFile } from "../os/files/presence.ts";
import { type ExecutionContext, keep } from "./context.ts";
import { createNode } from "./create-node.ts";
import { launchOf } from "./launch.ts";
import { requireOwnFolder } from "./node-folder.ts";
import { removeOther } from "./other-folder.ts";
import { start } from "./start.ts";

/** Upper bound for waiting for the node to end; longer than any sensible stop_grace. */
const MOST_END_SECONDS = 600;
/** Bytes that must stay free in addition to the copy. */
const MARGIN_BYTES = 64 * 1024 * 1024;
/** Progress is logged every time this many bytes have been copied. */
const SAY_BYTES = 1024 ** 3;

/**
 * Moves the node's folder to another storage: stops the node, copies the folder, starts the node there if it should run,
 * then deletes the old folder. The row names a complete folder at all times, so the next run can continue after a kill. A
 * failed move is rolled back: the node starts in the old folder, and the copy is deleted, now or once its disk allows it.
 * Throws WnmError.
 */
export async function move(context: ExecutionContext, found: Node, to: string): Promise<void> {
  const target = `${to}/${basename(found.root_dir)}`;
  const node = await withoutOtherThan(context, found, target);
  if (otherFolderOf(found) !== undefined && node.root_dir === target) return;
  const moving = await copied(context, node, target);
  await finish(context, keep(context, BECOMES.moved(moving)));
}

/** Finishes an earlier move that had another target, or that only has a folder left to delete. */
async function withoutOtherThan(context: ExecutionContext, node: Node, target: string): Promise<Node> {
  if (otherFolderOf(node) === undefined || node.moving_to === target) return node;
  if (node.moving_to === undefined) return finish(context, node);
  await takeBack(context, node);
  return removeOther(context, node);
}

/** Stops the node and copies its folder completely. Returns the node. */
async function copied(context: ExecutionContext, node: Node, target: string): Promise<Node> {
  const to = storageOf({ root_dir: target });
  const since = context.now();
  let moving = node;
  try {
    requireMovable(context, node);
    requireOwnFolder(context, node);
    requireTarget(context, node, target);
    requireRoom(to, bytesOfTree(node.root_dir), isThere(target) ? bytesOfTree(target) : 0);
    moving = keep(context, BECOMES.moving(node, target, since));
    await end(context, moving);
    const bytes = bytesOfTree(node.root_dir);
    requireRoom(to, bytes, isThere(target) ? bytesOfTree(target) : 0);
    copyTree(node.root_dir, target, said(context, moving, bytes));
    requireOwnFolder(context, { ...moving, root_dir: target });
    return moving;
  } catch (error) {
    const because = `${nodeLabel(node)} was not moved to ${to}: ${messageOf(error)}`;
    if (error instanceof StillStopping) {
      keep(context, BECOMES.notMoved(moving, since, context.now()));
      throw new WnmError(because);
    }
    const said = error instanceof WnmError ? error.message : because;
    if (moving.moving_to !== undefined) throw sameKind(error, `${said}; ${await takeBack(context, moving)}`);
    throw sameKind(error, said);
  }
}

/** A new error with this message that keeps the kind of the original: a lack of permission stays one. */
const sameKind = (error: unknown, message: string): WnmError =>
  error instanceof Denied ? new Denied(message) : new WnmError(message);

/** Stops the node's process, waiting for the whole stop_grace, because a move holds the lock until it is done. */
async function end(context: ExecutionContext, node: Node): Promise<void> {
  const since = context.now();
  for (;;) {
    const asked = context.now() === since ? node : { ...node, stopping_since: node.stopping_since ?? since };
    const failure = await failureOf(() => context.manager(node.manager_type).stop(asked));
    if (failure === undefined) return;
    if (!(failure instanceof StillStopping) || context.now() - since > MOST_END_SECONDS) throw failure;
    context.goesOn(`move ${nodeLabel(node)}: waits for its end`);
  }
}

/** Starts the node in its new folder, if it should run, and deletes the old one. Rolls back if it does not start. */
async function finish(context: ExecutionContext, node: Node): Promise<Node> {
  if (node.status === "MIGRATING") {
    const arrived = keep(context, BECOMES.arrived(node, context.now()));
    if (arrived.wanted === "running") await startOrGoBack(context, arrived);
    else await define(context, arrived);
  } else if (node.status === "DISABLED") await define(context, node);
  const other = otherFolderOf(node);
  const left = await failureOf(() => {
    requireOwnFolder(context, node);
    return removeOther(context, node);
  });
  if (!(left instanceof WnmError)) return left;
  const where = `${nodeLabel(node)} is in ${storageOf(node)}, and ${other} is still to be deleted`;
  throw sameKind(left, `${where}: ${left.message}`);
}

/** Updates the folder in the definition of a stopped node, because the operator may start it without wnm. */
async function define(context: ExecutionContext, node: Node): Promise<void> {
  const label = nodeLabel(node);
  context.goesOn(`move ${label}: it stays ${node.status.toLowerCase()}, as it was before`);
  const failure = await failureOf(async () => {
    const { launch } = await launchOf(context, node);
    await createNode(context, node, launch);
  });
  if (failure !== undefined)
    context.warn(`${label} can be started only by wnm until it has started once: ${failure.message}`);
}

async function startOrGoBack(context: ExecutionContext, arrived: Node): Promise<void> {
  const failure = await failureOf(() => start(context, arrived));
  if (failure === undefined) return;
  const { moving_from: old, id } = arrived;
  const now = context.nodes.get(id) ?? arrived;
  const is_down = now.status === "STOPPED" && now.pid === undefined && !(failure instanceof ProcessUnknown);
  if (!is_down || old === undefined || !isWhole(context, { ...arrived, root_dir: old })) throw failure;
  const back = await takeBack(context, BECOMES.moved({ ...arrived, moving_to: old }));
  const because = `${nodeLabel(arrived)} did not start in ${storageOf(arrived)}: ${failure.message}`;
  throw sameKind(failure, `${because}; ${back}`);
}

const isWhole = (context: ExecutionContext, node: Node): boolean =>
  context.disk.storageProblem(storageOf(node)) === undefined && context.disk.nodeFolder(node).is === "there";

/**
 * Starts the node in the folder named in its row, if it should run, and deletes the other one once that folder is proved
 * to be there. Returns a phrase that says where the node is.
 */
async function takeBack(context: ExecutionContext, moving: Node): Promise<string> {
  const back = keep(context, BECOMES.arrived(moving, context.now()));
  const is_to_run = back.wanted === "running" && back.status !== "DISABLED";
  const failure = is_to_run ? await failureOf(() => start(context, back)) : undefined;
  await failureOf(async () => {
    requireOwnFolder(context, back);
    await removeOther(context, back);
  });
  const at = storageOf(back);
  if (!is_to_run) return `it stays ${back.status.toLowerCase()} in ${at}`;
  return failure === undefined
    ? `it runs on in ${at}`
    : `it is in ${at} and did not start there: ${failure.message}`;
}

function requireMovable(context: ExecutionContext, node: Node): void {
  const refuse = (why: string) => new Refused(`${nodeLabel(node)} is not moved: ${why}`);
  if (context.manager(node.manager_type).removeFolder === undefined)
    throw refuse(`${node.manager_type} keeps a node where it was made; add one there and remove this one`);
  if (node.own_disk === true) throw refuse(`${node.root_dir} is a disk of its own`);
  const euid = process.geteuid?.();
  if (euid !== 0 && ownerOfFile(node.root_dir) !== euid)
    throw refuse(`its files belong to another account; run the same command with sudo`);
}

function requireTarget(context: ExecutionContext, node: Node, target: string): void {
  const to = storageOf({ root_dir: target });
  const refuse = (why: string) => new Refused(`${nodeLabel(node)} is not moved to ${to}: ${why}`);
  if (!context.allowedFolders.storages.includes(to))
    throw refuse("it is not a storage of this colony; name it in --node_storage first");
  if (to === storageOf(node)) throw refuse("it is already there");
  const problem = context.disk.storageProblem(to);
  if (problem !== undefined) throw refuse(problem);
  if (node.moving_to !== target && isThere(target)) throw refuse(`${target} already exists`);
}

function requireRoom(to: string, bytes: number, copied: number): void {
  const room = roomIn(to);
  if (room !== undefined && room.bytes + copied < bytes + MARGIN_BYTES)
    throw new Refused(
      `${to} has ${room.bytes} bytes free, and the node takes ${bytes}; ${MARGIN_BYTES} more have to stay free`,
    );
}

/** Logs the progress of the copy, which also shows other runs that this one is alive. */
function said(context: ExecutionContext, node: Node, bytes: number): (done: number) => void {
  let next = SAY_BYTES;
  return (done) => {
    if (done < next) return;
    next = done + SAY_BYTES;
    const percent = Math.min(100, Math.floor((100 * done) / Math.max(1, bytes)));
    context.goesOn(`move ${nodeLabel(node)}: ${percent} % of ${bytes} bytes copied`);
  };
}
