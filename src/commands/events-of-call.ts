import type { Settled } from "../checks/settle.ts";
import { eventReadings } from "../decide/events/circumstances.ts";
import { eventsSeen } from "../decide/events/seen.ts";
import { eventsOfSettings } from "../decide/events/settings.ts";
import type { Snapshot } from "../decide/snapshot.ts";
import type { ColonyEvent } from "../model/event.ts";
import type { Finding } from "../model/finding.ts";
import type { View } from "../observe/observe.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { askerOf } from "./asker.ts";
import type { Context } from "./context.ts";

/** The events to record before acting: settings that this call stores, and changes it observed in the nodes. */
export function eventsOfCall(
  context: Context,
  stored: Partial<MachineConfig> | undefined,
  changes: Partial<MachineConfig>,
  { snapshot, before }: View,
): readonly ColonyEvent[] {
  const { nodes, metrics, now } = snapshot;
  const common = { at: now, readings: undefined, by: "cron" } as const;
  const found = [...eventsOfSettings(stored, changes, common), ...eventsSeen(before, nodes, common)];
  // The account and the measurements are needed only when there is an event to record.
  if (found.length === 0) return found;
  const [readings, by] = [eventReadings(metrics, nodes), askerOf(context)];
  return found.map((event) => ({ ...event, readings, by }));
}

/** One event for each finding that is new in this run or has ended. */
export function eventsOfFindings(
  { begun, ended }: Pick<Settled, "begun" | "ended">,
  context: Context,
  { nodes, metrics, now }: Pick<Snapshot, "nodes" | "metrics" | "now">,
): readonly ColonyEvent[] {
  if (begun.length + ended.length === 0) return [];
  const common = { at: now, readings: eventReadings(metrics, nodes), by: askerOf(context) };
  const eventOf = ({ node, sentence, severity }: Finding, over: boolean): ColonyEvent => ({
    ...{ ...common, node, kind: "finding" },
    from_status: over ? severity : undefined,
    to_status: over ? undefined : severity,
    reason: over ? `over: ${sentence}` : sentence,
  });
  return [...begun.map((one) => eventOf(one, false)), ...ended.map((one) => eventOf(one, true))];
}
