import { type AlertTarget, alertTargets, labelOf } from "../settings/alert-targets.ts";
import type { AlertSettings } from "./memory.ts";

/** Deadline for all network traffic, counted from the release of the lock. */
export const DEADLINE_MS = 2_800;

/** The id of ping_url among the receivers. */
export const PING = "ping";

/** The alert targets in the settings. */
export const targetsOf = ({ alert_url = "" }: AlertSettings): readonly AlertTarget[] => {
  const read = alertTargets(alert_url);
  return "targets" in read ? read.targets : [];
};

/** Identifies a target in the stored state without revealing its secrets. */
export const idOf = (target: AlertTarget): string =>
  new Bun.CryptoHasher("sha256")
    .update(target.kind === "exec" ? target.path : target.url)
    .digest("hex")
    .slice(0, 16);

/** All receivers: alert targets and ping_url. */
export const receiversOf = (
  settings: AlertSettings,
): readonly { readonly id: string; readonly label: string; readonly program?: string }[] => [
  ...targetsOf(settings).map((target) => ({
    id: idOf(target),
    label: target.label,
    ...(target.kind === "exec" && { program: target.path }),
  })),
  ...(settings.ping_url === undefined ? [] : [{ id: PING, label: labelOf(new URL(settings.ping_url)) }]),
];
