import { type AlertTarget, alertTargets, labelOf } from "../settings/alert-targets.ts";
import type { AlertSettings } from "./memory.ts";

/** Everything that goes over the network ends by then, counted from when the lock is free. */
export const DEADLINE_MS = 2_800;

/** The check among the receivers. */
export const PING = "ping";

/** Where alerts go. */
export const targetsOf = ({ alert_url = "" }: AlertSettings): readonly AlertTarget[] => {
  const read = alertTargets(alert_url);
  return "targets" in read ? read.targets : [];
};

/** Names a target in what is remembered, without what opens it. */
export const idOf = (target: AlertTarget): string =>
  new Bun.CryptoHasher("sha256")
    .update(target.kind === "exec" ? target.path : target.url)
    .digest("hex")
    .slice(0, 16);

/** Everybody that is sent something. */
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
