import type { HostMetrics } from "./host.ts";
import type { NodeId, Seconds } from "./node.ts";

/** Kinds of events: actions on a node, observed changes, refused runs, stored settings, findings that begin or end. */
export const EVENT_KINDS = [
  "add",
  "start",
  "stop",
  "restart",
  "upgrade",
  "rollback",
  "hold",
  "disable",
  "enable",
  "move",
  "remove",
  "failed",
  "came-up",
  "changed",
  "died",
  "dead",
  "silent",
  "answered",
  "upgraded-itself",
  "full",
  "shunned",
  "refused",
  "setting",
  "finding",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** The machine's measurements stored with an event, in this order. */
export const EVENT_METRICS = [
  "used_cpu_percent",
  "used_mem_percent",
  "used_hd_percent",
  "load_average_1",
  "load_average_5",
  "load_average_15",
] as const satisfies readonly (keyof HostMetrics)[];

/** The names of an event's readings, in the order of storage and output. */
export const EVENT_READINGS = [...EVENT_METRICS, "nodes"] as const;

/** The machine's measurements and the number of running nodes at the time of an event. */
export type EventReadings = Pick<HostMetrics, (typeof EVENT_METRICS)[number]> & {
  readonly nodes: number | undefined;
};

/** Who caused it: cron, or an account manually. */
export type Asker = "cron" | `hand:${number}`;

/** Something that happened to the colony. */
export type ColonyEvent = {
  readonly at: Seconds;
  /** undefined: the colony or the machine. */
  readonly node: NodeId | undefined;
  readonly kind: EventKind;
  /** The node's previous status, or a setting's old value. */
  readonly from_status: string | undefined;
  /** The node's new status (undefined: deleted), or a setting's new value. */
  readonly to_status: string | undefined;
  /** The reason, as a sentence. */
  readonly reason: string;
  readonly readings: EventReadings | undefined;
  /** The readings as CSV cells, if requested in that form; `readings` is then undefined. */
  readonly reading_cells?: string | undefined;
  readonly by: Asker;
};

/** Which events to select; undefined means no limit. */
export type EventFilter = {
  readonly since?: Seconds | undefined;
  readonly until?: Seconds | undefined;
  readonly nodes?: readonly NodeId[] | undefined;
  readonly kinds?: readonly EventKind[] | undefined;
  /** The form of the readings, which take a third of the time; default: values. */
  readonly readings?: "values" | "cells" | "none" | undefined;
};
