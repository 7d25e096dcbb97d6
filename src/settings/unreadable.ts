import type { NodeId } from "../model/node.ts";
import type { SettingName } from "./machine.ts";

/** A row of the database with an invalid value; the rest of the colony is managed without it. */
export type UnreadableRow = {
  /** Its number, if it can be read. */
  readonly id: number | undefined;
  /** Column and value, for people: "metrics_port is 1.5". */
  readonly because: string;
};

/** A node's row. The node is never touched, counts for node_cap, and keeps its number, ports and folder. */
export type UnreadableNode = UnreadableRow & {
  readonly id: NodeId | undefined;
  /** The ports that can be read: port and metrics_port. */
  readonly ports: readonly (number | undefined)[];
  /** Its storage, when that cannot be used; the row itself can be read. */
  readonly storage?: string;
};

/** Everything in the database that cannot be read. */
export type Unreadable = {
  /** Settings, each with what is stored, as text. */
  readonly settings: ReadonlyMap<SettingName, string>;
  readonly nodes: readonly UnreadableNode[];
  readonly containers: readonly UnreadableRow[];
  /** Storages that cannot be used, each with the reason; their nodes are among `nodes`. */
  readonly lost_storages?: ReadonlyMap<string, string>;
  /** No folder of node_storage can be used. */
  readonly nowhere?: boolean;
};

/** Everything can be read. */
export const ALL_READABLE: Unreadable = { settings: new Map(), nodes: [], containers: [] };
