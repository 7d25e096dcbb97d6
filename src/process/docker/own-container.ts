import { dirname } from "node:path";
import { EndedAtOnce, failureOf, WnmError } from "../../base/errors.ts";
import { type Node, nodeLabel, type ProcessIdentity } from "../../model/node.ts";
import { removeTree, writeTextFile } from "../../os/files/own-text-file.ts";
import { shellExports } from "../../os/shell-words.ts";
import type { AllowedFolders, Launch } from "../contract/manager.ts";
import { deleteNodeFiles } from "../contract/node-files.ts";
import { outlasts, patience, stillStopping, supervisorGrace } from "../contract/stop-grace.ts";
import type { DockerAccess } from "./access.ts";
import { createOwn, ENVIRONMENT, ownContainerName } from "./arguments.ts";
import {
  type ContainerPlace,
  endOf,
  ensureContainer,
  findContainer,
  placeControl,
  removeContainer,
  renewContainer,
  startContainer,
  stopContainer,
} from "./containers.ts";
import { type ContainerInfo, isUp } from "./inspect.ts";
import { processOf, refuseStray } from "./node-process.ts";

/** A node that runs this long has started. */
const STEADY_MS = 300;
/** With an engine in a virtual machine no process is visible here; after this long the engine's state is trusted. */
const WATCH_MS = 3_000;
const POLL_MS = 100;

/** The name of the node's container, and the storage that identifies it as the colony's. */
export const ownContainer = (node: Node) => ({
  name: ownContainerName(node),
  storage: dirname(node.root_dir),
});

/** Each node has its own control folder, so that no other node can read its variables. */
const controlFolder = (access: DockerAccess, node: Node): string =>
  `${access.control}/one/${ownContainerName(node)}`;

type Prepared = { readonly place: ContainerPlace; readonly create: readonly string[] };

/** Writes the files that the container mounts. Returns its identity and the arguments of `docker create`. */
async function prepare(access: DockerAccess, node: Node, launch: Launch): Promise<Prepared> {
  const { extra, files, writable } = access;
  const { user, args: user_args } = await access.engine.identity();
  const image = access.image();
  const control = controlFolder(access, node);
  await files.makeFolder(dirname(access.control), "wnm's");
  await files.makeFolder(access.control, "wnm's");
  await placeControl(files, control, writable);
  writeTextFile(`${control}/${ENVIRONMENT}`, shellExports(launch.env));
  const stop_grace = supervisorGrace(access.grace);
  const create = createOwn(node, launch, { image, extra, user, user_args, control, writable, stop_grace });
  return { place: { ...ownContainer(node), image }, create };
}

/** Creates the node's container unless it exists. */
export async function createOwnContainer(access: DockerAccess, node: Node, launch: Launch): Promise<void> {
  const { place, create } = await prepare(access, node, launch);
  await ensureContainer(access.engine, place, create);
}

/** Starts the node's container, after rebuilding it if its definition has changed; a running one is left alone. */
export async function startOwnContainer(
  access: DockerAccess,
  node: Node,
  launch: Launch,
): Promise<ProcessIdentity | undefined> {
  const { engine } = access;
  const { place, create } = await prepare(access, node, launch);
  const before = await findContainer(engine, place.name, place.storage);
  if (before?.status === "running") return processOf(node);
  await stopContainer(engine, place.name, place.storage);
  refuseStray(node, "is not started");
  await renewContainer(engine, place, create);
  const { restarts = 0 } = (await findContainer(engine, place.name, place.storage)) ?? {};
  await startContainer(engine, place.name);
  return watchStart(access, node, restarts);
}

/** Waits until the node has started. Throws EndedAtOnce when it exits, WnmError when the engine could not start it. */
async function watchStart(
  { engine, sleep }: DockerAccess,
  node: Node,
  restarts: number,
): Promise<ProcessIdentity | undefined> {
  const { name, storage } = ownContainer(node);
  let first: ProcessIdentity | undefined;
  let since = performance.now();
  const begun = since;
  while (performance.now() - begun < WATCH_MS) {
    const process = processOf(node);
    if (process?.pid !== first?.pid) since = performance.now();
    first = process;
    const info = await findContainer(engine, name, storage);
    if (info?.status !== "running" || info.restarts > restarts) {
      const words = await engine.lastWords(name);
      await stopContainer(engine, name, storage);
      throw startFailure(node, info, words);
    }
    if (first !== undefined && performance.now() - since >= STEADY_MS) return first;
    await sleep(POLL_MS);
  }
  return first;
}

function startFailure(node: Node, info: ContainerInfo | undefined, words: string): WnmError {
  const how = info === undefined ? "its container is gone" : (endOf(info) ?? `it was ${info.status}`);
  const message = `${nodeLabel(node)} ended at once: ${how}${words === "" ? "" : `: ${words}`}`;
  // If the engine could not start the container, that is not the node program's fault.
  return info === undefined || info.error !== "" ? new WnmError(message) : new EndedAtOnce(message);
}

/** How long one run waits at most for a node to end. */
const WAIT_MS = 10_000;

/** Stops the node and its container, with SIGKILL once stop_grace is over. Throws StillStopping until then. */
export async function endOwnContainer(access: DockerAccess, node: Node): Promise<void> {
  const { engine } = access;
  const { name, storage } = ownContainer(node);
  const found = await findContainer(engine, name, storage);
  if (found === undefined || !isUp(found)) return;
  const grace = access.grace.of(node);
  if (found.status === "running" && grace.left_s > 0) {
    // Not `docker stop`, which would block this run until the node has ended.
    const unasked = grace.asked
      ? undefined
      : await failureOf(() => engine.call(["kill", "--signal", "TERM", name]));
    const deadline_ms = patience(grace, WAIT_MS);
    await failureOf(() => engine.call(["wait", name], { deadline_ms }));
    const left = await findContainer(engine, name, storage);
    if (left === undefined || !isUp(left)) return;
    if (unasked instanceof WnmError) throw unasked;
    if (outlasts(grace, WAIT_MS)) throw stillStopping(node, access.grace);
  }
  await stopContainer(engine, name, storage, 0);
}

/** Deletes the data, logs and container of a stopped node. */
export async function removeOwnContainer(
  access: DockerAccess,
  node: Node,
  allowedFolders: AllowedFolders,
): Promise<void> {
  const { engine, files } = access;
  const { name, storage } = ownContainer(node);
  const info = await findContainer(engine, name, storage);
  if (info !== undefined && isUp(info)) throw new WnmError(`${nodeLabel(node)} still runs in ${name}`);
  refuseStray(node, "is not removed");
  await deleteNodeFiles(files, node, allowedFolders);
  await removeContainer(engine, name, storage);
  removeTree(controlFolder(access, node));
}
