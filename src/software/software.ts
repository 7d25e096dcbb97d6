import type { Node, Seconds, SoftwareKind } from "../model/node.ts";
import type { Reading } from "../model/observation.ts";
import type { MachineConfig } from "../settings/machine.ts";

/** How much of the disk a node may take. */
export type Ration = {
  /** GiB for its chunks. */
  readonly db_size_gb: number;
  /** MiB of the disk that must stay free. */
  readonly disk_reserve_mb: number;
};

/** What a node needs to know beside its own row to be started. */
export type LaunchPlace = {
  readonly home: string;
  readonly bootstrap_cache: string;
  /** A supervisor starts the node again when it ends, so it may stop itself for its own upgrade. */
  readonly supervised: boolean;
  /** For kinds that are rationed. */
  readonly ration?: Ration | undefined;
  /** False once wnm upgrades nodes, so that never both act on one node. */
  readonly upgrades_itself?: boolean;
  /** Text of the file of first peers that lies beside the program, where there is one. */
  readonly bootstrap_peers?: string | undefined;
};

/** A small text file that a node has to find at its start. */
export type NodeFile = { readonly path: string; readonly text: string };

/** How a living node is asked. */
export type Question = {
  /** Also ask what does not change while it runs: version and peer id. */
  readonly identity: boolean;
  readonly deadline_ms: number;
  readonly pid: number | undefined;
  /** When its process started; what is older is of an earlier life. undefined: the kernel does not tell. */
  readonly started_at: Seconds | undefined;
};

/** A kind of node program: what it is told, what it tells, and where it keeps what. */
export interface Software {
  readonly kind: SoftwareKind;
  /** File name of the program in a node's folder. */
  readonly program: string;
  /** File name of a node's secret key in its folder. wnm never writes over one, and deletes it only with its node. */
  readonly key_file: string;
  /** File names of all that `files` may give. */
  readonly text_files: readonly string[];
  /** True when it takes as much of the disk as it is let. */
  readonly rationed: boolean;
  /** A living node tells its memory, processor and running time itself. */
  readonly tells_usage: boolean;
  /** False when a living node does not tell its version: then its program file is asked. */
  readonly tells_version: boolean;
  /** Its own name of the network that pays. */
  network(evm_network: MachineConfig["evm_network"]): string;
  /** The version in what `PROGRAM --version` prints; undefined when it is not this kind of program. */
  version(printed: string): string | undefined;
  /** The node's command line without the program. `flags` are those that this very binary knows; throws WnmError when it lacks one that is needed. */
  arguments(
    node: Node,
    config: MachineConfig,
    flags: ReadonlySet<string>,
    place: LaunchPlace,
  ): readonly string[];
  /** Files that have to be there before the node starts. */
  files(node: Node, place: LaunchPlace): readonly NodeFile[];
  /** The operator's variables without those that this program cannot start with. */
  environment(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  /** Asks a living node. */
  probe(node: Node, question: Question): Promise<Reading>;
  /** The peer id that a key file's content gives; undefined when it is not such a file, or cannot be told from it. */
  peerId(key: Uint8Array): string | undefined;
  /** Why the node ended by itself since `since` (epoch seconds), and which setting cures it. */
  endedBecause(node: Node, since: number): string | undefined;
}
