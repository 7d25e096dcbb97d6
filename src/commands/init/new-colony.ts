import type { HostFacts } from "../../model/host.ts";
import type { Node } from "../../model/node.ts";
import type { Mode } from "../../os/paths.ts";
import type { MachineConfig } from "../../settings/machine.ts";

/** A colony to be created: its settings, its paths, and its initial nodes. */
export type NewColony = {
  readonly config: MachineConfig;
  readonly host: HostFacts;
  readonly mode: Mode;
  readonly nodes: readonly Node[];
  /** True to create the nodes' account if it does not exist. */
  readonly create_user: boolean;
};
