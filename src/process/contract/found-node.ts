import type { ManagerKind } from "../../model/node.ts";
import type { ProcessState } from "../../model/observation.ts";

/** A node as its definition or its process shows it, whether or not a colony knows it. */
export type FoundNode = {
  readonly manager: ManagerKind;
  /** File or process it was found by, for messages. */
  readonly source: string;
  /** Its name at its manager; undefined for a plain process. */
  readonly service: string | undefined;
  /** Account that it runs as; undefined: the manager's default. */
  readonly user: string | undefined;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Its number, where its manager keeps one. */
  readonly number?: number;
  /** Ports that its manager knows and its command line does not name. */
  readonly ports?: { readonly port?: number; readonly metrics_port?: number; readonly rpc_port?: number };
  /** The state of its process, where its source knows it. */
  readonly process?: ProcessState;
  /** Why wnm could not run it on as it is, if it cannot. */
  readonly obstacle?: string | undefined;
  /** What acts on it now and has to be stopped first, with the command, if anything does. */
  readonly held_by?: string | undefined;
};

/** Something that looks like a node and is not treated as one. */
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

/** The nodes of several sources in one list. */
export const mergeFound = (sources: readonly Discovery[]): Discovery => ({
  found: sources.flatMap(({ found }) => found),
  left_out: sources.flatMap(({ left_out }) => left_out),
});
