import type { Node } from "../model/node.ts";
import type { Reading } from "../model/observation.ts";
import type { MachineConfig } from "../settings/machine.ts";

/** What a node needs to know beside its own row to be started. */
export type LaunchPlace = {
  readonly home: string;
  readonly bootstrap_cache: string;
  /** A supervisor starts the node again when it ends, so it may stop itself for its own upgrade. */
  readonly supervised: boolean;
};

/** A kind of node program: what it is told, what it tells, and where it keeps what. */
export interface Software {
  /** File name of the program in a node's folder. */
  readonly program: string;
  /** The version in what `PROGRAM --version` prints; undefined when it is not this kind of program. */
  version(printed: string): string | undefined;
  /** The node's command line without the program. `flags` are those that this very binary knows; throws WnmError when it lacks one that is needed. */
  arguments(
    node: Node,
    config: MachineConfig,
    flags: ReadonlySet<string>,
    place: LaunchPlace,
  ): readonly string[];
  /** Asks a living node. `identity`: also ask what does not change while it runs (version, peer id). */
  probe(node: Node, identity: boolean, deadline_ms: number): Promise<Reading>;
  /** Why the node ended by itself since `since` (epoch seconds), and which setting cures it. */
  endedBecause(node: Node, since: number): string | undefined;
}
