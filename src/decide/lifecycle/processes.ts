import { type Node, type ProcessIdentity, recordedProcess, sameBoot } from "../../model/node.ts";

/** True when pid, start time and boot are equal; an unknown boot matches any. */
export const sameProcess = (a: ProcessIdentity | undefined, b: ProcessIdentity | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.pid === b.pid &&
  a.pid_started === b.pid_started &&
  sameBoot(a.boot_id, b.boot_id) !== false;

/** True while the process that was asked to end still runs. */
export const isSameStopping = (node: Node, runs: ProcessIdentity | undefined): boolean => {
  const recorded = recordedProcess(node);
  return (
    node.stopping_since !== undefined &&
    (runs === undefined || recorded === undefined || sameProcess(runs, recorded))
  );
};

/** Records a process found by a survey or a start; unchanged if it is already recorded or undefined. */
export const withProcess = (node: Node, process: ProcessIdentity | undefined): Node =>
  process === undefined || sameProcess(process, recordedProcess(node))
    ? node
    : { ...node, ...process, stopping_since: undefined, stopping_to_restart: false };
