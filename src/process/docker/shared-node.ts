import { dirname } from "node:path";
import { EndedAtOnce, WnmError } from "../../base/errors.ts";
import { type Node, nodeLabel, type ProcessIdentity } from "../../model/node.ts";
import { endOfNode, nodePath } from "../../os/files/node-path.ts";
import { removeFile, writeTextFile } from "../../os/files/own-text-file.ts";
import { isThere } from "../../os/files/presence.ts";
import type { AllowedFolders, Launch } from "../contract/manager.ts";
import { createNodeFiles, deleteNodeFiles } from "../contract/node-files.ts";
import { type Grace, outlasts, patience, stillStopping } from "../contract/stop-grace.ts";
import type { DockerAccess } from "./access.ts";
import { OUTPUT, sharedNode } from "./arguments.ts";
import { ensureContainer, findContainer, placeInit } from "./containers.ts";
import { isUp } from "./inspect.ts";
import { processOf, refuseStray } from "./node-process.ts";
import { oneLine } from "./one-line.ts";
import {
  definitionFolder,
  ensureRunning,
  prepareShared,
  runInside,
  runsInside,
  sharedNameOf,
} from "./shared-container.ts";

const MOST_OUTPUT = 4_000;

const fileOf = (access: DockerAccess, node: Node, suffix: "node" | "up"): string =>
  `${definitionFolder(access, sharedNameOf(node))}/${nodeLabel(node)}.${suffix}`;

/** The file that tells the init how to run the node. */
const definitionFile = (access: DockerAccess, node: Node): string => fileOf(access, node, "node");

/** The init keeps the node running as long as this file exists. */
const wantedFile = (access: DockerAccess, node: Node): string => fileOf(access, node, "up");

const writeDefinition = (access: DockerAccess, node: Node, launch: Launch): void =>
  writeTextFile(definitionFile(access, node), sharedNode(node, launch, { extra: access.extra }));

/** Creates the node's files, container and definition unless they exist. */
export async function createSharedNode(access: DockerAccess, node: Node, launch: Launch): Promise<void> {
  await createNodeFiles(access.files, node, launch);
  const { place, create } = await prepareShared(access, node, launch);
  await ensureContainer(access.engine, place, create);
  if (!isThere(definitionFile(access, node))) writeDefinition(access, node, launch);
}

/** Starts the node in its container; a running one is left alone. Throws EndedAtOnce when it exits within moments. */
export async function startSharedNode(
  access: DockerAccess,
  node: Node,
  launch: Launch,
): Promise<ProcessIdentity | undefined> {
  const name = await ensureRunning(access, node, launch);
  if (await runsInside(access, node)) return processOf(node);
  refuseStray(node, "is not started");
  writeDefinition(access, node, launch);
  writeTextFile(wantedFile(access, node), "");
  const { stdout, stderr } = await runInside(access.engine, name, "start", nodeLabel(node));
  if (/^running$/m.test(stdout)) return processOf(node);
  await stopSharedNode(access, node, AT_ONCE);
  const code = /^ended (\d+)$/m.exec(stdout)?.[1];
  const words = oneLine(stderr !== "" ? stderr : lastOutput(node));
  const how = `${code === undefined ? "it was not started" : `exit code ${code}`}${words === "" ? "" : `: ${words}`}`;
  const message = `${nodeLabel(node)} ended at once: ${how}`;
  throw code === undefined ? new WnmError(message) : new EndedAtOnce(message);
}

/** How long one run waits at most for a node to end. */
const WAIT_MS = 10_000;
const KILL_MS = 5_000;

/** For the remains of a failed start, which this run ends itself, with SIGKILL if necessary. */
const AT_ONCE: Grace = { asked: false, left_s: WAIT_MS / 1000 };

/** Stops this node only; the container and its other nodes keep running. Throws StillStopping within its stop_grace. */
export async function stopSharedNode(
  access: DockerAccess,
  node: Node,
  grace: Grace = access.grace.of(node),
): Promise<void> {
  removeFile(wantedFile(access, node));
  const name = sharedNameOf(node);
  const info = await findContainer(access.engine, name, dirname(node.root_dir));
  if (info !== undefined && isUp(info)) {
    placeInit(`${access.control}/${name}`);
    await endInside(access, node, name, grace);
  }
  refuseStray(node, "has not ended");
}

async function endInside(access: DockerAccess, node: Node, name: string, grace: Grace): Promise<void> {
  const stop = (signal: "TERM" | "KILL" | "0", wait_ms: number) =>
    runInside(access.engine, name, "stop", nodeLabel(node), String(Math.ceil(wait_ms / 1000)), signal);
  await stop(grace.asked ? "0" : "TERM", patience(grace, WAIT_MS));
  if (!(await runsInside(access, node))) return;
  if (outlasts(grace, WAIT_MS)) throw stillStopping(node, access.grace);
  await stop("KILL", KILL_MS);
  if (await runsInside(access, node))
    throw new WnmError(`${nodeLabel(node)} still runs in container ${name}`);
}

/** Deletes data, logs and definition of a stopped node. */
export async function removeSharedNode(
  access: DockerAccess,
  node: Node,
  allowedFolders: AllowedFolders,
): Promise<void> {
  if (await runsInside(access, node))
    throw new WnmError(`${nodeLabel(node)} still runs in ${sharedNameOf(node)}`);
  refuseStray(node, "is not removed");
  await deleteNodeFiles(access.files, node, allowedFolders);
  removeFile(wantedFile(access, node));
  removeFile(definitionFile(access, node));
}

/** The end of the node's output. */
const lastOutput = ({ log_dir }: Node): string =>
  (log_dir === undefined ? undefined : endOfNode(nodePath(log_dir, OUTPUT), MOST_OUTPUT)) ?? "";
