import { EndedAtOnce, ProcessUnknown, WnmError } from "../../base/errors.ts";
import { type Node, type NodeId, nodeLabel, type ProcessIdentity } from "../../model/node.ts";
import type { ProcessState } from "../../model/observation.ts";
import { presenceOf } from "../../os/files/presence.ts";
import { processesOfAccount } from "../../software/node-owner.ts";
import { lookForNodes } from "../../software/node-processes.ts";
import { isNodesOwn } from "../../software/own-names.ts";
import type { AllowedFolders, Launch, ProcessManager } from "../contract/manager.ts";
import { closeNodeFiles, createNodeFiles, deleteNodeFiles, replaceProgram } from "../contract/node-files.ts";
import { lastWords } from "../contract/node-output.ts";
import type { LaunchdAccess } from "./access.ts";
import { discoverJobs } from "./discover.ts";
import { load, loadedJobsOf, plistPath, sightOf, targetIn, unload } from "./node-job.ts";
import { labelOf } from "./plist-file.ts";
import { identityIn, stateOfJobs } from "./state.ts";

/** A start has failed if the program exits within this time, as with a wrong flag or no free port. */
const WATCH_MS = 500;

/** Nodes as launchd jobs. launchd restarts them when they end, and starts them at boot or login. */
export function launchd(access: LaunchdAccess): ProcessManager {
  const manager: ProcessManager = {
    ids: "fill gaps",
    supervised: true,
    account: access.account,
    create: (node, launch) => createNodeFiles(access.files, node, launch),
    start: (node, launch) => startNode(access, node, launch),

    async stop(node) {
      // Disabled first, or the next login or boot would load it again. After a kill in between, the next run stops the
      // node.
      for (const domain of presenceOf(plistPath(access, node)) === "absent" ? [] : access.domains) {
        if (await access.launchctl.hasDomain(domain.name))
          await access.launchctl.disable(targetIn(domain, node));
      }
      await unload(access, node);
    },

    async restart(node, launch) {
      await unload(access, node);
      return manager.start(node, launch);
    },

    async upgrade(node, launch) {
      await replaceProgram(access.files, node, launch);
      await unload(access, node);
      return manager.start(node, launch);
    },

    removeFolder: (path, storage) => access.files.removeFolder(path, storage, isNodesOwn),
    remove: (node, allowedFolders) => removeNode(access, node, allowedFolders),
    close: (node, key_file) => closeNodeFiles(access.files, node, key_file),
    discover: () => discoverJobs(access),
    inspect: (nodes) => inspectNodes(access, nodes),
  };
  return manager;
}

async function startNode(
  access: LaunchdAccess,
  node: Node,
  launch: Launch,
): Promise<ProcessIdentity | undefined> {
  const { launchctl, sleep } = access;
  const running = (await loadedJobsOf(access, node)).map(({ job }) => identityIn(job)).find(Boolean);
  if (running !== undefined) return running;
  // A loaded job that is down may be outdated, because launchd reads the property list only on loading.
  await unload(access, node);
  const since_s = Date.now() / 1000;
  const target = targetIn(await load(access, node, launch), node);
  await launchctl.kickstart(target);
  await sleep(WATCH_MS);
  const job = await launchctl.print(target);
  const process = job && identityIn(job);
  if (process !== undefined) return process;
  // Unloaded, because launchd would retry forever; wnm retries with its own back-off.
  await unload(access, node);
  throw new EndedAtOnce(
    `${nodeLabel(node)} ended at once: ${job?.last_exit ?? "launchd shows no process of it"}${lastWords(node, since_s)}`,
  );
}

async function removeNode(access: LaunchdAccess, node: Node, allowedFolders: AllowedFolders): Promise<void> {
  if ((await loadedJobsOf(access, node)).length > 0)
    throw new WnmError(`${labelOf(node)} is not removed: launchd still has it`);
  const sight = sightOf(access, node);
  if (sight.seen === "living")
    throw new WnmError(`${labelOf(node)} is not removed: it runs as process ${sight.process.pid}`);
  if (sight.seen === "hidden") throw new ProcessUnknown(nodeLabel(node), sight.because);
  await deleteNodeFiles(access.files, node, allowedFolders);
  await access.texts.remove(plistPath(access, node));
}

async function inspectNodes(
  access: LaunchdAccess,
  nodes: readonly Node[],
): Promise<ReadonlyMap<NodeId, ProcessState>> {
  const states = new Map<NodeId, ProcessState>();
  const look = lookForNodes(processesOfAccount(access.account.user));
  for (const node of nodes) {
    const sight = look.process(node);
    const isDefined = () =>
      presenceOf(node.root_dir) !== "absent" || presenceOf(plistPath(access, node)) !== "absent";
    const jobs = sight.seen === "living" ? [] : await loadedJobsOf(access, node);
    const state = stateOfJobs(jobs, sight, isDefined);
    const is_told = state.state === "stopped" && state.because !== undefined;
    states.set(node.id, is_told ? { ...state, because: `${state.because}${lastWords(node)}` } : state);
  }
  return states;
}
