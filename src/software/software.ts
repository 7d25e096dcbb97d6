import type { Node, Seconds, SoftwareKind } from "../model/node.ts";
import type { Reading } from "../model/observation.ts";
import type { UdpPorts } from "../os/net/bound-ports.ts";
import type { MachineConfig } from "../settings/machine.ts";

import type { FirstPeers } from "./first-peers.ts";
import type { Elsewhere, Machine, NodeRelease, Wanted } from "./node-release.ts";
import type { ProgramFlags } from "./program-flags.ts";

/** What a node needs to know beside its own row to be started. */
export type LaunchPlace = {
  readonly home: string;
  readonly bootstrap_cache: string;
  /** Flags of `start_args` that a program may lack. */
  readonly foreign_flags: ReadonlySet<string>;
  /** A supervisor starts the node again when it ends, so it may stop itself for its own upgrade. */
  readonly supervised: boolean;
  /** MiB of the disk that the node is to leave free; undefined: as many as it chooses. */
  readonly disk_reserve_mb?: number | undefined;
  /** False once wnm upgrades nodes, so that never both act on one node. */
  readonly upgrades_itself?: boolean;
  /** Text of the file of first peers, where there is one. */
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
  /** When its process started; older entries are from an earlier process. undefined: unknown to the kernel. */
  readonly started_at: Seconds | undefined;
  /** Folders of its records that may be counted now, where that takes many calls. */
  readonly count: number;
  readonly udpPorts: UdpPorts;
  readonly now: Seconds;
};

/** A node whose wallet is known. */
export type PaidNode = Node & { readonly wallet: string };

/** A kind of node program: its command line, what it reports, and where it keeps its files. */
export interface Software {
  readonly kind: SoftwareKind;
  /** File name of the program in a node's folder. */
  readonly program: string;
  readonly flags: ProgramFlags;
  /** Flag of its command line that names the node's folder. */
  readonly root_dir_flag: string;
  /** File in the node's folder in which it keeps its pid; undefined when it keeps none. */
  readonly pid_file: string | undefined;
  /** True for arguments that only this program takes: they show it under any file name. */
  takes(args: readonly string[]): boolean;
  /** File name of a node's secret key in its folder. wnm never writes over one, and deletes it only with its node. */
  readonly key_file: string;
  /** File names of all that `files` may give. */
  readonly text_files: readonly string[];
  /** A living node reports its memory, processor and running time itself. */
  readonly tells_usage: boolean;
  /** Folders over which it spreads its records, which are counted there, and by turns; 0: it reports their number. */
  readonly record_folders: number;
  /** It is asked on the port of `answersOn`, where another program may answer in its place. */
  readonly asked_by_port: boolean;
  /** The port by which a node shows that it lives: where it answers or, without a metrics server, the one that it binds. */
  answersOn(node: Pick<Node, "port" | "metrics_port">): number;
  /** False when a living node shows its version in its log at most: then its program file is read first. */
  readonly tells_version: boolean;
  /** Its own name of the network that pays. */
  network(evm_network: MachineConfig["evm_network"]): string;
  /** The version in what `PROGRAM --version` prints; undefined when it is not this kind of program. */
  version(printed: string): string | undefined;
  /** The node's command line without the program. `flags` are those that this very binary knows; throws WnmError when it lacks one that is needed. */
  arguments(
    node: PaidNode,
    config: MachineConfig,
    flags: ReadonlySet<string>,
    place: LaunchPlace,
  ): readonly string[];
  /**
   * The UDP port on which a node of this program is to be reached by browsers; undefined: by none, or on a port that the
   * program or the operator chooses. `flags` are those that this very binary knows.
   */
  webrtcPort(
    node: Pick<Node, "id" | "rpc_port">,
    config: MachineConfig,
    flags: ReadonlySet<string>,
  ): number | undefined;
  /** How nodes made from the program at `path` get to know their first peers; `home`: of the account that runs them. */
  firstPeers(path: string, home: string | undefined, config: MachineConfig): FirstPeers;
  /** Files that have to be there before the node starts. */
  files(node: Node, place: LaunchPlace): readonly NodeFile[];
  /**
   * Why the node, with what is in its folder, may not run this version: what it holds would be lost to it. Says which
   * version must come between. undefined when it may.
   */
  whyNotBecome(node: Node, version: string): string | undefined;
  /** A version that every node may run, whatever is in its folder; undefined: any version is. */
  readonly between: string | undefined;
  /** The operator's variables without those that this program cannot start with. */
  environment(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  /** The release that is asked for, from where its project publishes it. Throws WnmError. */
  release(wanted: Wanted, elsewhere: Elsewhere, machine: Machine): Promise<NodeRelease>;
  /** Asks a living node. */
  probe(node: Node, question: Question): Promise<Reading>;
  /** The peer id from a key file's content; undefined when it is no key file, or the id cannot be derived from it. */
  peerId(key: Uint8Array): string | undefined;
  /** Which of its ports it could not bind, by an error of its start; undefined: the error is about something else. */
  unbound(error: string): "port" | "webrtc_port" | undefined;
  /** Why the node exited on its own since `since` (epoch seconds), and which setting cures it. */
  endedBecause(node: Node, since: number): string | undefined;
}
