import type { ManagerKind } from "../../model/node.ts";
import type { ProcessState } from "../../model/observation.ts";

/** A node as seen in its definition or process, whether or not it belongs to a colony. */
export type FoundNode = {
  readonly manager: ManagerKind;
  /** The file or process that revealed it, for messages. */
  readonly source: string;
  /** Its service name; undefined for a plain process. */
  readonly service: string | undefined;
  /** Account that it runs as; undefined: the manager's default. */
  readonly user: string | undefined;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Its number, if its manager keeps one. */
  readonly number?: number;
  /** Ports that its manager knows and its command line does not name. */
  readonly ports?: { readonly port?: number; readonly metrics_port?: number; readonly rpc_port?: number };
  /** The state of its process, if its source knows it. */
  readonly process?: ProcessState;
  /** Why wnm cannot take it over as it is, if so. */
  readonly obstacle?: string | undefined;
  /** What is managing it now and must be stopped first, with the command, if anything is. */
  readonly held_by?: string | undefined;
};

/** Something that looks like a node but is not imported. */
export type LeftOut = {
  readonly source: string;
  readonly because: string;
  /** The node's folder, where known; another source that finds the same folder takes precedence. */
  readonly root_dir?: string | undefined;
};

/** The nodes that one or several sources define. */
export type FoundNodes = { readonly found: readonly FoundNode[]; readonly left_out: readonly LeftOut[] };

/** A found node and the state of its process. */
export type DiscoveredNode = FoundNode & { readonly process: ProcessState };

/** The nodes of one manager and their states. */
export type Discovery = {
  readonly found: readonly DiscoveredNode[];
  readonly left_out: readonly LeftOut[];
};

/** Merges the nodes of several sources. */
export const mergeFound = (sources: readonly Discovery[]): Discovery => ({
  found: sources.flatMap(({ found }) => found),
  left_out: sources.flatMap(({ left_out }) => left_out),
});
