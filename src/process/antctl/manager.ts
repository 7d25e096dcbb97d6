import { EndedAtOnce, ProcessUnknown, WnmError } from "../../base/errors.ts";
import { type Node, nodeLabel, type ProcessIdentity } from "../../model/node.ts";
import { isThere } from "../../os/files/presence.ts";
import { identityOf } from "../../os/processes/identity.ts";
import { processesOfAccount } from "../../software/node-owner.ts";
import { lookForNodes } from "../../software/node-processes.ts";
import type { AllowedFolders, Launch, ProcessManager } from "../contract/manager.ts";
import type { AntctlAccess } from "./access.ts";
import { upgradeArguments } from "./arguments.ts";
import { checkAllowedFolders, refuseUnknown } from "./checks.ts";
import { discoverRegistry, stateOfService } from "./discover.ts";
import { isOf, type Services, servicesOf } from "./services.ts";

/** antctl's lowest verbosity. Without it, antctl queries all services over the network before acting on one. */
const BRIEF = "-v";
const WATCH_MS = 10_000;
const POLL_MS = 100;

/**
 * Nodes as antctl services. antctl chooses their names and keeps a registry of them. A call without a name acts on all
 * services, so every call except `reset` names one. State is read from processes, because the registry is only as
 * recent as antctl's last call.
 */
export function antctl(access: AntctlAccess): ProcessManager {
  const services = servicesOf(access);
  const manager: ProcessManager = {
    // antctl counts removed services too and never reuses a number or a port.
    ids: "never reuse",
    // antctl adds legacy nodes' metrics and RPC ports, which ant-node does not have (antctl 0.14.2).
    runs: ["antnode"],
    // Units have Restart=on-success: a node that exits to upgrade is restarted, a crashed one is not.
    supervised: true,
    account: access.account,
    create: (node, launch) => services.add(node, launch),
    placementOf: services.placed,
    start: (node) => startNode(access, services, node),
    stop: (node) => stopNode(access, services, node),
    upgrade: (node, launch) => upgradeNode(access, services, node, launch),
    remove: (node, allowedFolders) => removeNode(access, services, node, allowedFolders),
    discover: async () => discoverRegistry(access),

    async inspect(nodes) {
      const look = lookForNodes(processesOfAccount(access.account.user));
      return new Map(nodes.map((node) => [node.id, stateOfService(look.process(node), node.root_dir)]));
    },

    async reset(nodes, allowedFolders) {
      const all = (await services.entries()).filter(({ status }) => status !== "Removed");
      if (all.some((entry) => !nodes.some((node) => isOf(entry, node)))) {
        // `antctl reset` would also delete services that are not this colony's.
        for (const node of nodes) {
          await manager.stop(node);
          await manager.remove(node, allowedFolders);
        }
        return;
      }
      for (const entry of all) checkAllowedFolders(entry, allowedFolders);
      await access.antctl([BRIEF, "reset", "--force"]);
      services.forgetAll();
    },
  };
  return manager;
}

async function startNode(
  access: AntctlAccess,
  services: Services,
  node: Node,
): Promise<ProcessIdentity | undefined> {
  const running = processOf(access, node);
  if (running !== undefined) return running;
  const { service } = await services.require(node);
  const failure = await attempt(access, ["start", "--interval", "0", "--service-name", service]);
  const process = await processAfter(access, node, failure);
  if (process !== undefined) return process;
  const message = `${nodeLabel(node)} ended at once: ${failure?.message ?? "no process of it was found"}`;
  throw isOfProgram(failure) ? new EndedAtOnce(message) : new WnmError(message);
}

async function stopNode(access: AntctlAccess, services: Services, node: Node): Promise<void> {
  const service = await services.find(node);
  if (service !== undefined) await access.antctl([BRIEF, "stop", "--service-name", service.service]);
  const left = await waitFor(access, node, "stopped");
  if (left === undefined) return;
  const why = service === undefined ? "antctl has no service of it" : "antctl has stopped it";
  throw new WnmError(`${nodeLabel(node)} still runs as process ${left.pid}, although ${why}`);
}

async function upgradeNode(
  access: AntctlAccess,
  services: Services,
  node: Node,
  launch: Launch,
): Promise<ProcessIdentity | undefined> {
  refuseUnknown(node, launch, access);
  const { service } = await services.require(node);
  const before = processOf(access, node);
  const failure = await attempt(access, upgradeArguments(service, launch));
  const process = await processAfter(access, node, failure);
  // antctl stops a node before it replaces its program, so a different process runs the new one.
  if (process !== undefined && (failure === undefined || process.pid !== before?.pid)) return process;
  const message = `${nodeLabel(node)} was not upgraded: ${failure?.message ?? "no process of it was found"}`;
  throw process === undefined && isOfProgram(failure) ? new EndedAtOnce(message) : new WnmError(message);
}

async function removeNode(
  access: AntctlAccess,
  services: Services,
  node: Node,
  allowedFolders: AllowedFolders,
): Promise<void> {
  const process = processOf(access, node);
  if (process !== undefined)
    throw new WnmError(`${nodeLabel(node)} is not removed: it runs as process ${process.pid}`);
  const entry = await services.entryOf(node);
  if (entry !== undefined) {
    checkAllowedFolders(entry, allowedFolders);
    await access.antctl([BRIEF, "remove", "--service-name", entry.service]);
  } else if (isThere(node.root_dir)) {
    throw new WnmError(
      `antctl has no service of ${nodeLabel(node)}, so its folder ${node.root_dir} stays; delete it yourself`,
    );
  }
  for (const folder of entry === undefined ? [] : [entry.root_dir, entry.log_dir]) {
    if (isThere(folder))
      throw new WnmError(`antctl has removed ${entry?.service}, yet ${folder} is still there`);
  }
  services.forget(node);
}

/** The node's living process. Throws ProcessUnknown when processes are hidden. */
function processOf({ account }: AntctlAccess, node: Node): ProcessIdentity | undefined {
  const sight = lookForNodes(processesOfAccount(account.user)).process(node);
  if (sight.seen === "hidden") throw new ProcessUnknown(nodeLabel(node), sight.because);
  return sight.seen === "living" ? identityOf(sight.process) : undefined;
}

/** Waits until the node runs or has stopped, or until the timeout. Returns its process, if any. */
async function waitFor(
  access: AntctlAccess,
  node: Node,
  wanted: "running" | "stopped",
): Promise<ProcessIdentity | undefined> {
  for (let waited = 0; ; waited += POLL_MS) {
    const process = processOf(access, node);
    if ((process === undefined) === (wanted === "stopped") || waited >= WATCH_MS) return process;
    await access.sleep(POLL_MS);
  }
}

/** The node's process after a call that starts it. Does not wait after a failed call. */
const processAfter = async (access: AntctlAccess, node: Node, failure: WnmError | undefined) =>
  failure === undefined ? waitFor(access, node, "running") : processOf(access, node);

/** Calls antctl to start a node. Returns a failure instead of throwing: antctl also fails when a running node is slow. */
async function attempt(access: AntctlAccess, args: readonly string[]): Promise<WnmError | undefined> {
  try {
    await access.antctl([BRIEF, ...args]);
    return undefined;
  } catch (error) {
    if (error instanceof WnmError) return error;
    throw error;
  }
}

/** True when antctl started the program and it exited; any other failure is antctl's. */
const isOfProgram = (failure: WnmError | undefined): boolean =>
  failure === undefined || /did not start|PID of the process was not found/i.test(failure.message);
