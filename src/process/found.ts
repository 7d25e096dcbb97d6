import type { ManagerKind } from "../model/node.ts";
import type { ProcessState } from "../model/observation.ts";

/** A node as its definition or its process shows it, whether or not a colony knows it. */
export type Found = {
  readonly manager: ManagerKind;
  /** File or process that told of it, for people. */
  readonly source: string;
  /** Name that its manager knows it by; undefined for a plain process. */
  readonly service: string | undefined;
  /** Account that it runs as; undefined: the manager's usual one. */
  readonly user: string | undefined;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Its number, where its manager keeps one. */
  readonly number?: number;
  /** Ports that the command line does not name and its manager does. */
  readonly ports?: { readonly port?: number; readonly metrics_port?: number; readonly rpc_port?: number };
};

/** Something that looks like a node and is not taken for one. */
export type LeftOut = {
  readonly source: string;
  readonly because: string;
  /** The node's folder, where it is known: what another place tells of it counts. */
  readonly root_dir?: string | undefined;
};

/** All that one place told. */
export type Finds = { readonly found: readonly Found[]; readonly left_out: readonly LeftOut[] };

/** A node that was found, and what it does now. */
export type Discovered = Found & { readonly process: ProcessState };

/** All that a manager told of the nodes that are there. */
export type Discovery = {
  readonly found: readonly Discovered[];
  readonly left_out: readonly LeftOut[];
};

/** What several places told. */
export const together = (finds: readonly Finds[]): Finds => ({
  found: finds.flatMap(({ found }) => found),
  left_out: finds.flatMap(({ left_out }) => left_out),
});
