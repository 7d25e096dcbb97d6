import { dirname } from "node:path";
import { WnmError } from "../../base/errors.ts";
import type { Node } from "../../model/node.ts";
import { presenceOf } from "../../os/files/presence.ts";
import { isNodesOwn } from "../../software/own-names.ts";
import type { AllowedFolders, Launch, ProcessManager } from "../contract/manager.ts";
import { closeNodeFiles, createNodeFiles, deleteNodeFiles, replaceProgram } from "../contract/node-files.ts";
import { outlasts, stillStopping } from "../contract/stop-grace.ts";
import type { SystemdAccess } from "./access.ts";
import { discoverUnits } from "./discover.ts";
import { enabledAtBoot, nodeUnit, placeSecrets, removeSecrets, unitPath } from "./node-unit.ts";
import { nodeStates, type Reloader, reloaderOf, startNodes } from "./start-nodes.ts";
import { stateOf } from "./state.ts";
import type { UnitState } from "./systemctl.ts";

/** How long one run waits at most for a node to end. */
const WAIT_MS = 20_000;

/** Nodes as systemd units. systemd restarts them when they end and starts them at boot. */
export function systemd(access: SystemdAccess): ProcessManager {
  const { files } = access;
  const reloader = reloaderOf(access);
  const manager: ProcessManager = {
    ids: "fill gaps",
    supervised: true,
    privileged: access.runs_as !== undefined,
    account: access.account,
    ready: access.ready,
    findings: access.findings,
    create: (node, launch) => createNode(access, node, launch),

    async start(node) {
      const result = (await startNodes(access, reloader, [node])).get(node.id);
      if (result instanceof WnmError) throw result;
      return result;
    },
    startAll: (starts) =>
      startNodes(
        access,
        reloader,
        starts.map(({ node }) => node),
      ),

    stop: (node) => stopNode(access, node),

    async restart(node, launch) {
      await endUnit(access, node);
      return manager.start(node, launch);
    },

    async upgrade(node, launch) {
      await replaceProgram(files, node, launch);
      await endUnit(access, node);
      return manager.start(node, launch);
    },

    removeFolder: (path, storage) => access.files.removeFolder(path, storage, isNodesOwn),
    remove: (node, allowedFolders) => removeNode(access, reloader, node, allowedFolders),
    close: (node, key_file) => closeNodeFiles(files, node, key_file),
    discover: () => discoverUnits(access),

    async inspect(nodes) {
      return new Map((await nodeStates(access, nodes)).map(({ node, unit }) => [node.id, stateOf(unit)]));
    },

    async finish() {
      if (reloader.isDue) await reloader.reload();
    },
  };
  return manager;
}

async function createNode(access: SystemdAccess, node: Node, launch: Launch): Promise<void> {
  // The unit is rendered first, so a node that cannot be expressed as a unit leaves no files behind.
  const unit = nodeUnit(access, node, launch, await access.style());
  await createNodeFiles(access.files, node, launch);
  for (const folder of launch.shared ?? [])
    if (presenceOf(dirname(folder)) === "present") await access.files.makeFolder(folder, "all nodes'");
  await placeSecrets(access, node, launch);
  await access.texts.write(unitPath(access, node), unit);
}

async function stopNode(access: SystemdAccess, node: Node): Promise<void> {
  // Disabled first: after a kill in between, the next run stops the node.
  if (enabledAtBoot(access, node) !== "absent") await access.systemctl.act("disable", [node.service]);
  const [before] = await nodeStates(access, [node]);
  if (before !== undefined && !isAtRest(before.unit)) await endUnit(access, node);
}

/** Stops the node. systemd sends SIGTERM once, and SIGKILL after TimeoutStopSec. */
async function endUnit(access: SystemdAccess, node: Node): Promise<void> {
  const grace = access.grace.of(node);
  await access.systemctl.stop(node.service, WAIT_MS);
  const [after] = await nodeStates(access, [node]);
  if (after === undefined || isAtRest(after.unit)) return;
  if (outlasts(grace, WAIT_MS)) throw stillStopping(node, access.grace);
  throw new WnmError(`${node.service} does not stop: systemd calls it ${after.unit.ActiveState}`);
}

async function removeNode(
  access: SystemdAccess,
  reloader: Reloader,
  node: Node,
  allowedFolders: AllowedFolders,
): Promise<void> {
  const { files, systemctl, texts } = access;
  const [state] = await nodeStates(access, [node]);
  if (state !== undefined && !isAtRest(state.unit))
    throw new WnmError(`${node.service} is not removed: systemd calls it ${state.unit.ActiveState}`);
  await deleteNodeFiles(files, node, allowedFolders);
  if (state?.unit.ActiveState === "failed") await systemctl.act("resetFailed", [node.service]);
  reloader.isDue ||= presenceOf(unitPath(access, node)) !== "absent";
  await texts.remove(unitPath(access, node));
  await removeSecrets(access, node);
}

const isAtRest = (unit: UnitState): boolean =>
  (unit.ActiveState === "inactive" || unit.ActiveState === "failed") && unit.MainPID === "0";
