import type { Paths } from "../model/host.ts";
import type { NodeId } from "../model/node.ts";
import type { World } from "../os/world.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { Unreadable } from "../settings/unreadable.ts";
import type { Store } from "../store/colony.ts";

/** What observing the machine and its nodes needs. */
export type ObservationContext = {
  readonly store: Store;
  readonly config: MachineConfig;
  /** Unreadable stored values, except settings given in this call. */
  readonly unreadable: Unreadable;
  readonly paths: Paths;
  readonly world: World;
  /** Marks the end of a stage for --timings. */
  readonly lap: (stage: string) => void;
  /** Logs a problem that fails nothing. */
  readonly warn: (line: string) => void;
  /** The pause in milliseconds between querying one node and the next. */
  readonly surveyDelay: number;
  /** The operator allows upgrades in this run. */
  readonly upgradesAllowed: boolean;
  /** The operator forces an add, regardless of node_cap. */
  readonly addForced: boolean;
  /** Nodes that the operator has declared lost, whatever is left of their folders. */
  readonly givenUp: ReadonlySet<NodeId>;
  /** RUST_BACKTRACE for antctl. */
  readonly rustBacktrace: string | undefined;
};
