import { type Asker, EVENT_METRICS, type EventReadings } from "../../model/event.ts";
import type { HostMetrics } from "../../model/host.ts";
import type { Node, Seconds } from "../../model/node.ts";

/** The fields common to all events of a run. */
export type Circumstances = {
  readonly at: Seconds;
  readonly readings: EventReadings | undefined;
  readonly by: Asker;
};

/** The machine's measurements as stored in an event. */
export function eventReadings(metrics: HostMetrics, nodes: readonly Node[]): EventReadings {
  const figures = Object.fromEntries(EVENT_METRICS.map((name) => [name, metrics[name]]));
  return {
    ...(figures as Omit<EventReadings, "nodes">),
    nodes: nodes.filter(({ pid }) => pid !== undefined).length,
  };
}
