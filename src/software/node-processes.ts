import type { ProcessState } from "../model/observation.ts";
import { identityOf } from "../os/processes/identity.ts";
import type { LivingProcess } from "../os/processes/process-table.ts";
import { ENDED } from "../os/processes/process-table.ts";
import type { AccountProcesses } from "./account-processes.ts";
import { holderOf } from "./folder-holder.ts";
import { type NodeOwner, ownUid } from "./node-owner.ts";
import { listedProcesses, machineProcesses, type Scan } from "./process-source.ts";
import type { Sought } from "./sought.ts";
import { leftBy } from "./stray-processes.ts";

/** What can be known of a node's process. Only "ended" says that none runs; data are deleted and nodes started on that word alone. */
export type NodeSight =
  | { readonly seen: "living"; readonly process: LivingProcess }
  | { readonly seen: "ended" }
  | { readonly seen: "hidden"; readonly because: string };

/** One look at the processes of nodes. The table of processes is read at most once. */
export type NodeLook = {
  /** The node's own process: the recorded one, else the one that works on its folder. */
  process(node: Sought): NodeSight;
  /** The same, and what the recorded process left behind, and what only the folder shows: its pid file and its locks. A few more reads. */
  thorough(node: Sought): NodeSight;
  /** Every living process of the node that is shown. */
  all(node: Sought): readonly LivingProcess[];
};

/** Looks at the machine's processes, or at those that the nodes' account has `listed`. */
export function lookForNodes(owner: NodeOwner, listed?: AccountProcesses): NodeLook {
  const source = listed === undefined ? machineProcesses(owner) : listedProcesses(listed, owner);
  let scan: Scan | undefined;
  const scanned = (): Scan => {
    scan ??= source.scan();
    return scan;
  };
  const process = (node: Sought): NodeSight => {
    const recorded = source.recorded(node);
    if (recorded.seen === "living") return recorded;
    const [found] = scanned().on(node);
    if (found !== undefined) return { seen: "living", process: found };
    const { hidden } = scanned();
    // A process that is certainly another account's is no node of this account.
    if (recorded.seen === "hidden" && !(recorded.foreign && owner.uid() === ownUid()))
      return { seen: "hidden", because: hidden ?? `process ${node.pid} exists, but cannot be inspected` };
    return hidden === undefined ? ENDED : { seen: "hidden", because: hidden };
  };
  /** What only the recorded process's group, its output or the folder shows. */
  const behind = (node: Sought): readonly LivingProcess[] => {
    const holder = holderOf(node.root_dir, (pid) => source.at(pid, node.user));
    return [...leftBy(node, source.everyone), ...(holder === undefined ? [] : [holder])];
  };
  return {
    process,
    thorough(node) {
      const sight = process(node);
      const [found] = sight.seen === "living" ? [] : behind(node);
      return found === undefined ? sight : { seen: "living", process: found };
    },
    all(node) {
      const recorded = source.recorded(node);
      const found = [
        ...(recorded.seen === "living" ? [recorded.process] : []),
        ...scanned().on(node),
        ...behind(node),
      ];
      return [...new Map(found.map((one) => [one.pid, one])).values()];
    },
  };
}

/** The state of a node's process by a look at it. Pure. */
export const stateSeen = (sight: NodeSight): ProcessState => {
  if (sight.seen === "living") return { state: "running", process: identityOf(sight.process) };
  return sight.seen === "ended"
    ? { state: "stopped" }
    : { state: "unknown", because: sight.because, hidden: true };
};
