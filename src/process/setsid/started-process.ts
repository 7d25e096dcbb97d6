import { EndedAtOnce, ProcessUnknown, WnmError } from "../../base/errors.ts";
import { type Node, nodeLabel, UNKNOWN_BOOT } from "../../model/node.ts";
import { isThere, isUnknown, statBehind } from "../../os/files/presence.ts";
import { bootId } from "../../os/processes/boot.ts";
import { groupSight, lookAt } from "../../os/processes/identity.ts";
import type { LivingProcess } from "../../os/processes/process-table.ts";
import type { NodeSight } from "../../software/node-processes.ts";
import { strayProcesses } from "../../software/stray-processes.ts";
import type { SetsidAccess, Spawned } from "./access.ts";
import { AT_ONCE, endProcesses } from "./end-process.ts";
import { sightOf } from "./node-sights.ts";

/**
 * The process of a node that was just started: the spawned one, or one that uses the node's folder. Throws EndedAtOnce
 * when it could not be started, has exited, or could not be recognised by later runs (its remains are ended first), and
 * ProcessUnknown when it is hidden. `since_s`: when it was spawned, in epoch seconds.
 */
export async function startedProcess(
  access: SetsidAccess,
  node: Node,
  { pid, ended }: Spawned,
  since_s: number,
): Promise<LivingProcess> {
  const started = pid === undefined ? undefined : lookAt(pid);
  if (started?.seen === "living") return started.process;
  const listed = started?.seen === "hidden" ? await access.accountProcesses?.() : undefined;
  const own = pid === undefined ? undefined : listed?.get(pid);
  if (own !== undefined) return own;
  const find = (): readonly LivingProcess[] => [
    ...leftInGroup(pid),
    ...strayProcesses(node, access.owner, since_s),
  ];
  const sight = await sightOfStarted(access, node, find);
  if (sight.seen === "living") return sight.process;
  const left = await endLeft(access, find);
  if (left.length > 0) throw unrecognised(node, left);
  if (sight.seen === "hidden") throw new ProcessUnknown(nodeLabel(node), sight.because);
  const unstartable = whyUnstartable(node.binary) ?? (pid === undefined ? ended : undefined);
  throw new EndedAtOnce(
    unstartable === undefined
      ? `${nodeLabel(node)} ended at once: ${ended ?? "no process of it was found"}`
      : `${nodeLabel(node)} could not be started: ${unstartable}`,
  );
}

/** How long to look for the process: during exec(2) it has no command line for a moment. */
const BECOMING_MS = 1_000;
const LOOK_MS = 20;

/** The node's process; waits while another process left by the start may still become it. */
async function sightOfStarted(
  access: SetsidAccess,
  node: Node,
  find: () => readonly LivingProcess[],
): Promise<NodeSight> {
  const until = performance.now() + BECOMING_MS;
  for (;;) {
    const sight = await sightOf(access, node);
    if (sight.seen !== "ended" || performance.now() > until || find().length === 0) return sight;
    await access.sleep(LOOK_MS);
  }
}

/** How often to search again: a process being ended may have started another one outside the signalled groups. */
const MOST_LOOKS = 20;

/** Ends the remains of a failed start until none are found. Returns the ended ones. Throws WnmError if one does not end. */
async function endLeft(
  access: SetsidAccess,
  find: () => readonly LivingProcess[],
): Promise<readonly LivingProcess[]> {
  const ended: LivingProcess[] = [];
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const left = find();
    if (left.length === 0) return ended;
    await endProcesses(access, left, AT_ONCE);
    ended.push(...left);
  }
  const pids = find().map(({ pid }) => pid);
  throw new WnmError(`Processes start again as fast as they are ended; still alive: ${pids.join(", ")}`);
}

const ANY_EXECUTE = 0o111;

/** Why nobody can execute the file; undefined when somebody can, or when that cannot be determined. */
function whyUnstartable(path: string): string | undefined {
  const looked = statBehind(path);
  if (looked === "absent")
    return isThere(path) ? `${path} is a link to a file that is not there` : `${path} is not there`;
  if (isUnknown(looked)) return undefined;
  if (!looked.found.isFile()) return `${path} is a folder, a pipe, a socket or a device, and not a file`;
  return (looked.found.mode & ANY_EXECUTE) === 0 ? `${path} is not executable` : undefined;
}

/** The processes left in the spawned process's group. */
const leftInGroup = (pid: number | undefined): readonly LivingProcess[] =>
  pid === undefined || groupSight(pid) === "ended"
    ? []
    : [{ pid, group: pid, pid_started: 0, boot_id: bootId() ?? UNKNOWN_BOOT }];

function unrecognised(node: Node, left: readonly LivingProcess[]): EndedAtOnce {
  const pids = left.map((process) => process.pid).join(", ");
  return new EndedAtOnce(
    `${nodeLabel(node)} is not run with ${node.binary}: what it has started (process ${pids}) cannot be recognised and was ended: it is not the process that wnm started, names no --root-dir ${node.root_dir}, and the folder holds neither its pid nor a lock of it`,
  );
}
