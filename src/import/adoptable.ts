import type { NodeId, SoftwareKind } from "../model/node.ts";
import type { FoundNode } from "../process/contract/found-node.ts";
import type { NodeArguments } from "../software/node-arguments.ts";

/** A found node that can be imported as it is. */
export type Adoptable = {
  readonly id: NodeId;
  readonly software: SoftwareKind;
  readonly found: FoundNode;
  readonly args: NodeArguments;
  readonly root_dir: string;
  /** undefined: it is stopped and has none; it gets one of port_start. */
  readonly port: number | undefined;
  /** undefined: its program listens on none; it gets one of metrics_port_start, which nothing binds. */
  readonly metrics_port: number | undefined;
  readonly rpc_port: number | undefined;
  readonly network: string;
  readonly wallet: string | undefined;
  /** Variables that stand for those of its flags that are not every node's. */
  readonly own_flags: Readonly<Record<string, string>>;
  /** Its flags that it will not have from its next start on. */
  readonly lost_flags: readonly string[];
  /** Flags of start_args that it will have from then on and does not have yet. */
  readonly new_flags: readonly string[];
};

/** A found node whose command line has been read. */
export type Candidate = {
  readonly found: FoundNode;
  readonly software: SoftwareKind;
  readonly args: NodeArguments;
  readonly root_dir: string;
};
