import type { NodeId, SoftwareKind } from "../model/node.ts";
import type { FoundNode } from "../process/contract/found-node.ts";
import type { NodeArguments } from "../software/node-arguments.ts";

/** A found node that can be imported unchanged. */
export type Adoptable = {
  readonly id: NodeId;
  readonly software: SoftwareKind;
  readonly found: FoundNode;
  readonly args: NodeArguments;
  readonly root_dir: string;
  /** undefined: it is stopped and names none, so it gets one from port_start. */
  readonly port: number | undefined;
  /** undefined: its program has none; the row gets one from metrics_port_start, which nothing binds. */
  readonly metrics_port: number | undefined;
  readonly rpc_port: number | undefined;
  readonly network: string;
  readonly wallet: string | undefined;
  /** Environment variables that replace flags which not every node has. */
  readonly own_flags: Readonly<Record<string, string>>;
  /** Flags that it will lose at its next start. */
  readonly lost_flags: readonly string[];
  /** Flags in start_args that it will gain at its next start. */
  readonly new_flags: readonly string[];
};

/** A found node whose command line has been read. */
export type Candidate = {
  readonly found: FoundNode;
  readonly software: SoftwareKind;
  readonly args: NodeArguments;
  readonly root_dir: string;
};
