import { eventsOfSettings } from "../decide/events/settings.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { Context } from "./context.ts";

/** Logs the cost of this call, and each setting it stores with the old value: "node_cap 18 → 20 stored". */
export function logCall(
  { log, world }: Pick<Context, "log" | "world">,
  stored: Partial<MachineConfig> | undefined,
  changes: Partial<MachineConfig>,
  costs: readonly string[],
): void {
  if (world.log.format() === "python") return;
  const common = { at: 0, readings: undefined, by: "cron" } as const;
  for (const { reason } of eventsOfSettings(stored, changes, common)) log.info(`${reason} stored`);
  for (const cost of costs) log.info(cost);
}
