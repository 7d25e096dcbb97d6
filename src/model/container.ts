import type { NodeId, Seconds } from "./node.ts";

/** A container as the colony remembers it: one field per column. Its ranges of ports never change. */
export type Container = {
  readonly id: number;
  /** The name that wnm gives it; unique on the machine. */
  readonly name: string;
  /** The engine's own identity of it; the name until the engine has told. Column `container_id`. */
  readonly engine_id: string;
  readonly image: string;
  readonly status: string;
  readonly created_at: Seconds;
  readonly port_range_start: number;
  readonly port_range_end: number;
  readonly metrics_port_range_start: number;
  readonly metrics_port_range_end: number;
  /** The folder that its nodes' folders are in; a container sees no other. */
  readonly storage: string;
};

/** Numbers of the nodes that can live in a container: both ends belong to it. */
export type Block = { readonly first: NodeId; readonly last: NodeId };

/** How a manager spreads nodes over containers: one each, or many in one. */
export type Placing = "one each" | "shared";

/** The numbers that a container's ports stand for. `port_start` is the thousands block of node ports. */
export const blockOf = (container: Container, port_start: number): Block => ({
  first: (container.port_range_start - port_start * 1000) as NodeId,
  last: (container.port_range_end - port_start * 1000) as NodeId,
});
