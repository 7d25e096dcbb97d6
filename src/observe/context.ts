import type { Paths } from "../model/host.ts";
import type { NodeId } from "../model/node.ts";
import type { World } from "../os/world.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { Unreadable } from "../settings/unreadable.ts";
import type { Store } from "../store/colony.ts";

/** What a look at the machine and its nodes needs. */
export type ObservationContext = {
  readonly store: Store;
  readonly config: MachineConfig;
  /** What is stored and cannot be read; settings that this call gives are not among it. */
  readonly unreadable: Unreadable;
  readonly paths: Paths;
  readonly world: World;
  /** Ends a stage of --timings. */
  readonly lap: (stage: string) => void;
  /** Logs what went wrong without failing anything. */
  readonly warn: (line: string) => void;
  /** Pause between asking one node and the next, in milliseconds. */
  readonly surveyDelay: number;
  /** The operator allows upgrades in this run. */
  readonly upgradesAllowed: boolean;
  /** The operator forces an add, node_cap or not. */
  readonly addForced: boolean;
  /** Nodes that the operator gives up, whatever is left of their folders. */
  readonly givenUp: ReadonlySet<NodeId>;
  /** RUST_BACKTRACE of antctl. */
  readonly rustBacktrace: string | undefined;
};
