import type { HostFacts } from "../../model/host.ts";
import type { Node } from "../../model/node.ts";
import type { Mode } from "../../os/paths.ts";
import type { MachineConfig } from "../../settings/machine.ts";

/** A colony before it is created: its settings, its place, and the nodes that it begins with. */
export type NewColony = {
  readonly config: MachineConfig;
  readonly host: HostFacts;
  readonly mode: Mode;
  readonly nodes: readonly Node[];
  /** Create the nodes' account first, if it is missing. */
  readonly create_user: boolean;
};
