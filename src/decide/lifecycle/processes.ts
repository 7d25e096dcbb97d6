import { type Node, type ProcessIdentity, recordedProcess, sameBoot } from "../../model/node.ts";

/** Two processes are the same only in pid, start time and boot, as far as the boot is known. */
export const sameProcess = (a: ProcessIdentity | undefined, b: ProcessIdentity | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.pid === b.pid &&
  a.pid_started === b.pid_started &&
  sameBoot(a.boot_id, b.boot_id) !== false;

/** True while the process that was asked to end is still alive. */
export const isSameStopping = (node: Node, runs: ProcessIdentity | undefined): boolean => {
  const recorded = recordedProcess(node);
  return (
    node.stopping_since !== undefined &&
    (runs === undefined || recorded === undefined || sameProcess(runs, recorded))
  );
};

/** The node with the process that a survey or a start found; as it is when that is its own or none. */
export const withProcess = (node: Node, process: ProcessIdentity | undefined): Node =>
  process === undefined || sameProcess(process, recordedProcess(node))
    ? node
    : { ...node, ...process, stopping_since: undefined, being_ended: false };
