import type { NodeBinary } from "../../model/host.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import { SOFTWARE } from "../../software/generations.ts";
import type { ProcessManager } from "./manager.ts";

/** Why the manager cannot run this node program; undefined when it can, or when there is no program yet. Pure. */
export const whyUnrunnable = (
  binary: NodeBinary,
  { runs }: Pick<ProcessManager, "runs">,
  { process_manager }: Pick<MachineConfig, "process_manager">,
): string | undefined =>
  binary.version === undefined || runs === undefined || runs.includes(binary.software)
    ? undefined
    : `${process_manager} runs ${runs.join(" and ")} only, and ${binary.path} is an ${binary.software}; set --antnode_path to an ${runs[0]}, or choose another --process_manager at --init`;

/**
 * Why nodes started from this program would not find the network: nothing gives them first peers. undefined when they
 * would, or when there is no program yet. `home`: of the account that runs the nodes, which may hold a peers file.
 */
export function whyAlone(
  binary: NodeBinary,
  home: string | undefined,
  config: MachineConfig,
): string | undefined {
  if (binary.version === undefined) return undefined;
  const peers = SOFTWARE[binary.software].firstPeers(binary.path, home, config);
  return typeof peers === "object" && "missing" in peers ? peers.missing : undefined;
}
