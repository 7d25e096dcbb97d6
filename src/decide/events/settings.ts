import type { ColonyEvent } from "../../model/event.ts";
import { type MachineConfig, SETTING_NAMES, settingOf } from "../../settings/machine.ts";
import { shownValue } from "../../settings/setting.ts";
import type { Circumstances } from "./circumstances.ts";

/** One event for each setting stored by a call, with old and new value. Pure. */
export const eventsOfSettings = (
  stored: Partial<MachineConfig> | undefined,
  changes: Partial<MachineConfig>,
  circumstances: Circumstances,
): readonly ColonyEvent[] =>
  SETTING_NAMES.filter((name) => name in changes).map((name) => {
    const row = settingOf(name);
    const shown = (values: Partial<MachineConfig> | undefined): string | undefined =>
      values !== undefined && name in values ? shownValue(row, values[name]) : undefined;
    const [from_status, to_status] = [shown(stored), shown(changes)];
    const reason = `${name} ${from_status ?? "an unreadable value"} → ${to_status}`;
    return { ...circumstances, node: undefined, kind: "setting", from_status, to_status, reason };
  });
