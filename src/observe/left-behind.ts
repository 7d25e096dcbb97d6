import { type Node, recordedProcess } from "../model/node.ts";
import type { Observation, ProcessState } from "../model/observation.ts";
import { compareVersions } from "../model/version.ts";
import { folderTrace } from "../os/files/folder-trace.ts";
import { isOfEarlierBoot } from "../os/processes/earlier-boot.ts";
import { SOFTWARE } from "../software/generations.ts";
import type { FolderLook } from "./node-folder.ts";
import type { SurveyContext } from "./survey-context.ts";

/** The part of an observation about what an ended node left behind. */
export type LeftBehind = Pick<
  Observation,
  "ended_by_reboot" | "folder" | "ended_because" | "upgraded_to" | "program" | "obstacle"
>;

const NOTHING_LEFT: LeftBehind = { folder: undefined, ended_because: undefined };

/** Examines a running node's folder only until it is known, because no node runs without its folder. */
export function leftByRunning(node: Node, process: ProcessState, look: FolderLook): LeftBehind {
  const runs = process.state === "running" ? process.process : undefined;
  const left =
    runs !== undefined && runs.pid_started !== node.pid_started && endedByReboot(node)
      ? { ...NOTHING_LEFT, ended_by_reboot: true }
      : NOTHING_LEFT;
  return node.own_disk === undefined ? { ...left, folder: look(node) } : left;
}

function endedByReboot(node: Node): boolean {
  const recorded = recordedProcess(node);
  return recorded !== undefined && isOfEarlierBoot(recorded);
}

/** Examines what a node that may have ended left behind. */
export function leftByEnded(
  node: Node,
  process: ProcessState,
  look: FolderLook,
  identify: SurveyContext["identify"],
): LeftBehind {
  return {
    ended_by_reboot: endedByReboot(node),
    folder: look(node),
    ended_because:
      process.state === "running" ? undefined : SOFTWARE[node.software].endedBecause(node, node.status_since),
    ...ownProgram(node, process, identify),
    obstacle:
      node.obstacle === undefined ? undefined : folderTrace([node.root_dir, node.log_dir ?? []].flat()),
  };
}

/** Reads the program of a node that has just ended. `upgraded_to`: a newer one that the node installed itself. */
function ownProgram(
  node: Node,
  process: ProcessState,
  identify: SurveyContext["identify"],
): Pick<Observation, "upgraded_to" | "program"> {
  if (process.state !== "stopped" || node.pid === undefined) return {};
  const { sha256, record, changed } = identify(node.binary);
  const program = sha256 === undefined ? undefined : { sha256, version: record?.version };
  // An unidentified program counts as different only if its content has changed.
  if (record === undefined) return { program, ...(changed && { upgraded_to: { version: undefined } }) };
  const isNewer = compareVersions(record.version, node.version) === "newer";
  return { program, ...(isNewer && { upgraded_to: { version: record.version } }) };
}
