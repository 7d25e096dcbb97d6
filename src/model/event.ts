import type { HostMetrics } from "./host.ts";
import type { NodeId, Seconds } from "./node.ts";

/** Kinds of events: actions on a node, what wnm saw of one, refused runs, stored settings, findings that came or went. */
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

/** Measurements of the machine that an event keeps, in this order. */
export const EVENT_METRICS = [
  "used_cpu_percent",
  "used_mem_percent",
  "used_hd_percent",
  "load_average_1",
  "load_average_5",
  "load_average_15",
] as const satisfies readonly (keyof HostMetrics)[];

/** Names of an event's readings, in the order in which they are kept and written. */
export const EVENT_READINGS = [...EVENT_METRICS, "nodes"] as const;

/** The machine when an event happened, and how many nodes had a process then. */
export type EventReadings = Pick<HostMetrics, (typeof EVENT_METRICS)[number]> & {
  readonly nodes: number | undefined;
};

/** Who asked for it: cron, or an account by hand. */
export type Asker = "cron" | `hand:${number}`;

/** Something that happened to the colony. */
export type ColonyEvent = {
  readonly at: Seconds;
  /** undefined: the colony or the machine. */
  readonly node: NodeId | undefined;
  readonly kind: EventKind;
  /** The node's status before; of a setting, its old value. */
  readonly from_status: string | undefined;
  /** The node's status since; undefined: it is gone. For a setting, its new value. */
  readonly to_status: string | undefined;
  /** Why, in a sentence for people. */
  readonly reason: string;
  readonly readings: EventReadings | undefined;
  /** The readings as cells of CSV; only where they were asked for so, and `readings` is undefined then. */
  readonly reading_cells?: string | undefined;
  readonly by: Asker;
};

/** Which events are asked for; undefined is no limit. */
export type EventFilter = {
  readonly since?: Seconds | undefined;
  readonly until?: Seconds | undefined;
  readonly nodes?: readonly NodeId[] | undefined;
  readonly kinds?: readonly EventKind[] | undefined;
  /** How readings are wanted, which are a third of the work: as values where it is not said. */
  readonly readings?: "values" | "cells" | "none" | undefined;
};
