import type { NodeId, Seconds } from "./node.ts";

/** A container as stored in the database, one field per column. Its port ranges never change. */
export type Container = {
  readonly id: number;
  /** The name assigned by wnm, unique on the machine. */
  readonly name: string;
  /** The engine's id; the name until the engine has reported one. Column `container_id`. */
  readonly engine_id: string;
  readonly image: string;
  readonly status: string;
  readonly created_at: Seconds;
  readonly port_range_start: number;
  readonly port_range_end: number;
  readonly metrics_port_range_start: number;
  readonly metrics_port_range_end: number;
  /** The storage with its nodes' folders, the only one that the container sees. */
  readonly storage: string;
};

/** The numbers of the nodes that a container can hold, inclusive. */
export type Block = { readonly first: NodeId; readonly last: NodeId };

/** How a manager distributes nodes over containers: one each, or many in one. */
export type Placing = "one each" | "shared";

/** The node numbers of a container, from its ports. `port_start` is the setting: thousands of the node ports. */
export const blockOf = (container: Container, port_start: number): Block => ({
  first: (container.port_range_start - port_start * 1000) as NodeId,
  last: (container.port_range_end - port_start * 1000) as NodeId,
});
