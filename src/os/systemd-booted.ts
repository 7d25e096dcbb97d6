import { presenceOf } from "./files/presence.ts";

/** True when systemd runs this machine, and not OpenRC, runit, sysvinit or the one program of a container. sd_booted(3). */
export const isBootedBySystemd = (): boolean => presenceOf("/run/systemd/system") === "present";
