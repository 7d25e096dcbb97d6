import { ProcessUnknown, WnmError } from "../../base/errors.ts";
import { type Node, nodeLabel, recordedProcess } from "../../model/node.ts";
import type { ProcessState } from "../../model/observation.ts";
import { isOfEarlierBoot } from "../../os/processes/earlier-boot.ts";
import { identityOf } from "../../os/processes/identity.ts";
import type { NodeSight } from "../../software/node-processes.ts";
import { isNodesOwn } from "../../software/own-names.ts";
import type { ProcessManager } from "../contract/manager.ts";
import { closeNodeFiles, createNodeFiles, deleteNodeFiles } from "../contract/node-files.ts";
import { stillStopping } from "../contract/stop-grace.ts";
import { upgradeByRestart } from "../contract/upgrade.ts";
import type { SetsidAccess } from "./access.ts";
import { discoverProcesses } from "./discover.ts";
import { endProcesses } from "./end-process.ts";
import { processesOf, sightOf, sightsOf } from "./node-sights.ts";
import { startedProcess } from "./started-process.ts";

/** A start has failed if the program exits within this time, as with a wrong flag or no free port. */
const WATCH_MS = 300;

/** Nodes as plain processes in their own sessions, recognised by pid, start time and boot. */
export function setsid(access: SetsidAccess): ProcessManager {
  const { files } = access;
  const manager: ProcessManager = {
    ids: "fill gaps",
    supervised: false,
    privileged: access.privileged,
    account: access.account,
    create: (node, launch) => createNodeFiles(files, node, launch),

    async start(node, launch) {
      const before = await sightOf(access, node);
      if (before.seen === "living") return identityOf(before.process);
      if (before.seen === "hidden") throw new ProcessUnknown(nodeLabel(node), before.because);
      const since_s = Date.now() / 1000;
      const spawned = await access.spawn(node, launch, WATCH_MS);
      return identityOf(await startedProcess(access, node, spawned, since_s));
    },

    async stop(node) {
      const grace = access.grace.of(node);
      const living = await endProcesses(access, await processesOf(access, node), grace);
      if (living) throw stillStopping(node, access.grace);
      await requireEnded(access, node, "still runs as");
    },

    upgrade: (node, launch) => upgradeByRestart(manager, files, node, launch),

    removeFolder: (path, storage) => access.files.removeFolder(path, storage, isNodesOwn),
    async remove(node, allowedFolders) {
      await requireEnded(access, node, "is not removed: it runs as");
      await deleteNodeFiles(files, node, allowedFolders);
    },

    close: (node, key_file) => closeNodeFiles(files, node, key_file),
    discover: async () => discoverProcesses({ kind: access.kind, user: access.account.user }),

    async inspect(nodes) {
      const sights = await sightsOf(access, nodes, (look, node) =>
        // A node known to be down needs no thorough search of its folder.
        node.pid === undefined ? look.process(node) : look.thorough(node),
      );
      return new Map(
        nodes.map((node) => [node.id, stateOf(sights.get(node.id), () => lastErrorOf(access, node))]),
      );
    },
  };
  return manager;
}

/** Throws WnmError when the node still runs, ProcessUnknown when its process may be hidden. */
async function requireEnded(access: SetsidAccess, node: Node, runs: string): Promise<void> {
  const sight = await sightOf(access, node);
  if (sight.seen === "living") throw new WnmError(`${nodeLabel(node)} ${runs} process ${sight.process.pid}`);
  if (sight.seen === "hidden") throw new ProcessUnknown(nodeLabel(node), sight.because);
}

/** The error in the node's output. Output from before the last boot is ignored. */
function lastErrorOf(access: SetsidAccess, node: Node): string | undefined {
  const recorded = recordedProcess(node);
  return recorded === undefined || isOfEarlierBoot(recorded) ? undefined : access.lastError(node);
}

/** The state of a node. `lastError` reads the node's output, so it is called only for a node that has ended. */
function stateOf(sight: NodeSight | undefined, lastError: () => string | undefined): ProcessState {
  switch (sight?.seen) {
    case "living":
      return { state: "running", process: identityOf(sight.process) };
    case "ended":
      return { state: "stopped", because: lastError() };
    case "hidden":
      return { state: "unknown", because: sight.because, hidden: true };
    default:
      return { state: "unknown", because: "it was not looked at" };
  }
}
