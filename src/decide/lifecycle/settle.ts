import type { Node, Seconds } from "../../model/node.ts";
import type { NodeFolder, Observation } from "../../model/observation.ts";
import { compareVersions } from "../../model/version.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import { become } from "./become.ts";
import { gone } from "./deaths.ts";
import { living } from "./living.ts";
import { isSameStopping } from "./processes.ts";

/**
 * The node as a survey found it. Pure; the only judge of what an observation means.
 * Unknown changes nothing; silence is not a stop; DISABLED stays until the operator enables the node.
 */
export const settle = (found: Node, seen: Observation, config: MachineConfig, now: Seconds): Node =>
  withProgram(settled(found, seen, config, now), found, seen);

function settled(found: Node, seen: Observation, config: MachineConfig, now: Seconds): Node {
  const node = unblocked(risen(withFolder(found, seen.folder), seen, now), seen);
  switch (seen.process.state) {
    case "unknown":
      // Another program may be answering on the port.
      return node;
    case "running":
      // Until its process has ended, what it answers and how it is say nothing of the time after.
      return isSameStopping(node, seen.process.process) ? node : living(node, seen, config, now);
    case "stopped":
    case "missing":
      // An answer is another's: it neither passes for the node nor hides that it is down.
      return gone(node, seen, now);
    default:
      seen.process satisfies never;
      return node;
  }
}

/** Records who put the node's program in place: wnm, the node's own upgrade, or somebody else. */
function withProgram(node: Node, before: Node, seen: Observation): Node {
  const { reading } = seen;
  const program = seen.program ?? (reading?.answered === true ? reading.program : undefined);
  if (program === undefined) return node;
  const isOurs =
    before.program_sha256 === undefined ||
    before.program_sha256 === program.sha256 ||
    seen.upgraded_to !== undefined ||
    // An upgrade or a rollback of wnm that was cut short.
    (program.version !== undefined && program.version === before.previous_version) ||
    compareVersions(node.version, before.version) === "newer";
  return isOurs
    ? { ...node, program_sha256: program.sha256, strange_program: undefined }
    : { ...node, strange_program: program.sha256 };
}

/**
 * What the node's folder is, remembered once its key is seen: then a folder without it, or without its disk, is not the
 * node's. That a folder is no disk of its own any more is believed only of an operator.
 */
function withFolder(node: Node, folder: NodeFolder | undefined): Node {
  if (folder?.is !== "there" || folder.has_key === false) return node;
  const own_disk = folder.own_disk || node.own_disk === true;
  const has_key = folder.has_key === true || node.has_key;
  return own_disk === node.own_disk && has_key === node.has_key ? node : { ...node, own_disk, has_key };
}

/** Python wnm called crashed nodes dead, data and all; here only a node without its folder is. Others are judged again. */
const risen = (node: Node, seen: Observation, now: Seconds): Node =>
  seen.folder?.is === "there" &&
  (node.status === "DEAD" || (node.status === "REMOVING" && node.removal_cause === "dead"))
    ? { ...become(node, "STOPPED", now), wanted: node.wanted_before ?? node.wanted }
    : node;

/** The leftovers of a failed removal have changed, so somebody has intervened: retry at once. */
const unblocked = (node: Node, { obstacle }: Observation): Node =>
  obstacle === undefined || node.obstacle === undefined || obstacle === node.obstacle
    ? node
    : { ...node, obstacle, failed_at: undefined };
