import type { Node, Seconds } from "../../model/node.ts";
import type { NodeFolder, Observation } from "../../model/observation.ts";
import { compareVersions } from "../../model/version.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import { become } from "./become.ts";
import { gone } from "./deaths.ts";
import { living } from "./living.ts";
import { isSameStopping } from "./processes.ts";

/**
 * Updates the node from an observation; the only place that interprets one. "unknown" changes nothing, silence is not a
 * stop, and DISABLED stays until the operator enables the node. Pure.
 */
export const settle = (found: Node, seen: Observation, config: MachineConfig, now: Seconds): Node =>
  withProgram(settled(found, seen, config, now), found, seen);

function settled(found: Node, seen: Observation, config: MachineConfig, now: Seconds): Node {
  const node = unblocked(reconsidered(withFolder(found, seen.folder), seen, now), seen);
  switch (seen.process.state) {
    case "unknown":
      // Another program may be answering on the port.
      return node;
    case "running":
      // While the process is being stopped, its answers are irrelevant.
      return isSameStopping(node, seen.process.process) ? node : living(node, seen, config, now);
    case "stopped":
    case "missing":
      // The node has no process, so an answer comes from another program and must not hide that it is down.
      return gone(node, seen, now);
    default:
      seen.process satisfies never;
      return node;
  }
}

/** Records who installed the node's program: wnm, the node's own upgrade, or somebody else. */
function withProgram(node: Node, before: Node, seen: Observation): Node {
  const { reading } = seen;
  const program = seen.program ?? (reading?.answered === true ? reading.program : undefined);
  if (program === undefined) return node;
  const isOurs =
    before.program_sha256 === undefined ||
    before.program_sha256 === program.sha256 ||
    seen.upgraded_to !== undefined ||
    // An upgrade or rollback by wnm was interrupted.
    (program.version !== undefined && program.version === before.previous_version) ||
    compareVersions(node.version, before.version) === "newer";
  return isOurs
    ? { ...node, program_sha256: program.sha256, strange_program: undefined }
    : { ...node, strange_program: program.sha256 };
}

/**
 * Remembers the node's folder once its key has been seen: from then on, a folder without the key or on another disk is not
 * the node's. Only the operator can declare that a folder is no longer a separate disk.
 */
function withFolder(node: Node, folder: NodeFolder | undefined): Node {
  if (folder?.is !== "there" || folder.has_key === false) return node;
  const own_disk = folder.own_disk || node.own_disk === true;
  const has_key = folder.has_key === true || node.has_key;
  return own_disk === node.own_disk && has_key === node.has_key ? node : { ...node, own_disk, has_key };
}

/** Re-evaluates nodes marked DEAD by Python wnm, which did that for crashed nodes with data; here DEAD means no folder. */
const reconsidered = (node: Node, seen: Observation, now: Seconds): Node =>
  seen.folder?.is === "there" &&
  (node.status === "DEAD" || (node.status === "REMOVING" && node.removal_cause === "dead"))
    ? { ...become(node, "STOPPED", now), wanted: node.wanted_before ?? node.wanted }
    : node;

/** Clears the back-off of a failed removal when its obstacle has changed, since somebody has intervened. */
const unblocked = (node: Node, { obstacle }: Observation): Node =>
  obstacle === undefined || node.obstacle === undefined || obstacle === node.obstacle
    ? node
    : { ...node, obstacle, failed_at: undefined };
