import { WnmError } from "../errors.ts";
import { type ManagerKind, type Node, type NodeId, nodeLabel, recordedProcess } from "../model/node.ts";
import type { ProcessState } from "../model/observation.ts";
import type { Files } from "../os/files.ts";
import { nodesByFolder } from "../os/node-processes.ts";
import { bootId, groupLives, identityOf, type LivingProcess, stillLives } from "../os/process-id.ts";
import type { Grounds, Launch, ProcessManager } from "./manager.ts";
import { deleteNode, placeNode } from "./node-files.ts";
import { discoverProcesses } from "./setsid-discover.ts";

/** What user and sudo mode do differently. */
export type SetsidRights = {
  readonly kind: ManagerKind;
  readonly files: Files;
  readonly account: { readonly user: string; readonly home: string };
  readonly privileged: boolean;
  /** Starts the program in a session of its own. Resolves to how it ended if it ends within `watch_ms`. */
  readonly spawn: (node: Node, launch: Launch, watch_ms: number) => Promise<string | undefined>;
  /** Sends the signal to a process, or to a whole group when `target` is negative. A target that is gone is no error. */
  readonly signal: (target: number, signal: "TERM" | "KILL") => Promise<void>;
  /** The error that a node printed before it ended. */
  readonly lastError: (node: Node) => string | undefined;
  readonly sleep: (ms: number) => Promise<void>;
};

/** A program with a wrong flag or no free port ends within this time; then the start has failed. */
const WATCH_MS = 300;
const GRACE_MS = 10_000;
const KILL_MS = 5_000;
const POLL_MS = 20;

/** Nodes as plain processes in sessions of their own, found again by pid, start time and boot. */
export function setsid(rights: SetsidRights): ProcessManager {
  const { files, sleep } = rights;

  const untilGone = async (process: LivingProcess, limit_ms: number): Promise<boolean> => {
    for (let waited = 0; waited < limit_ms; waited += POLL_MS) {
      if (stillLives(process) === undefined) return true;
      await sleep(POLL_MS);
    }
    return stillLives(process) === undefined;
  };

  const end = async (process: LivingProcess): Promise<void> => {
    // Only a group that the node leads is the node's own; another may hold its neighbours.
    const leads = process.group === process.pid;
    const target = leads ? -process.pid : process.pid;
    await rights.signal(target, "TERM");
    if (!(await untilGone(process, GRACE_MS))) {
      await rights.signal(target, "KILL");
      if (!(await untilGone(process, KILL_MS))) {
        throw new WnmError(
          `Process ${process.pid} does not end, not even on SIGKILL; it may hang in the kernel (see dmesg)`,
        );
      }
    }
    if (leads && groupLives(process.group)) await rights.signal(target, "KILL");
  };

  /** What an earlier boot's process printed is not why the node is down now. */
  const lastErrorOf = (node: Node): string | undefined =>
    node.boot_id !== undefined && node.boot_id === bootId() ? rights.lastError(node) : undefined;

  const manager: ProcessManager = {
    ids: "fill gaps",
    supervised: false,
    privileged: rights.privileged,
    account: rights.account,
    create: (node, launch) => placeNode(files, node, launch),

    async start(node, launch) {
      const running = processesOf(node);
      if (running[0] !== undefined) return identityOf(running[0]);
      const ended = await rights.spawn(node, launch, WATCH_MS);
      const [process] = processesOf(node);
      if (process === undefined)
        throw new WnmError(`${nodeLabel(node)} ended at once: ${ended ?? "no process of it was found"}`);
      return identityOf(process);
    },

    async stop(node) {
      for (const process of processesOf(node)) await end(process);
      const left = processesOf(node);
      if (left.length > 0) throw new WnmError(`${nodeLabel(node)} still runs as process ${left[0]?.pid}`);
    },

    async upgrade(node, launch) {
      await files.installProgram(launch.program, node.binary);
      await manager.stop(node);
      return manager.start(node, launch);
    },

    async remove(node: Node, grounds: Grounds) {
      await deleteNode(files, node, grounds);
    },

    async discover() {
      return discoverProcesses({ kind: rights.kind, user: rights.account.user });
    },

    async inspect(nodes) {
      const states = new Map<NodeId, ProcessState>();
      let scanned: ReadonlyMap<string, readonly LivingProcess[]> | undefined;
      for (const node of nodes) {
        const recorded = recordedProcess(node);
        const process = recorded === undefined ? undefined : stillLives(recorded);
        if (process !== undefined) {
          states.set(node.id, { state: "running", process: identityOf(process) });
          continue;
        }
        scanned ??= nodesByFolder();
        const [found] = scanned?.get(node.root_dir) ?? [];
        if (scanned === undefined) states.set(node.id, { state: "unknown", because: "/proc cannot be read" });
        else if (found !== undefined) states.set(node.id, { state: "running", process: identityOf(found) });
        else states.set(node.id, { state: "stopped", because: lastErrorOf(node) });
      }
      return states;
    },
  };
  return manager;
}

/** Every process of the node: the recorded one, and any other that was started on its folder. Throws without /proc. */
function processesOf(node: Node): readonly LivingProcess[] {
  const scanned = nodesByFolder();
  if (scanned === undefined) throw new WnmError("/proc cannot be read, so it is unknown which nodes run");
  const found = scanned.get(node.root_dir) ?? [];
  const recorded = recordedProcess(node);
  const alive = recorded === undefined ? undefined : stillLives(recorded);
  return alive === undefined || found.some((process) => process.pid === alive.pid)
    ? found
    : [alive, ...found];
}
