import { presenceOf } from "./files/presence.ts";

/** True when this machine was booted with systemd. See sd_booted(3). */
export const isBootedBySystemd = (): boolean => presenceOf("/run/systemd/system") === "present";
