import { statSync } from "node:fs";
import { WnmError } from "../../base/errors.ts";
import type { Finding } from "../../model/finding.ts";
import { asRoot } from "../../os/advice.ts";
import { isThere, presenceOf } from "../../os/files/presence.ts";

/** A user and the environment to search for that user's systemd. */
export type BusUser = {
  readonly user: string;
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * The environment that systemctl --user needs to find the user's systemd; cron does not set it. See pam_systemd(8),
 * sd_bus_default_user(3). Throws WnmError when the user has no running systemd.
 */
export function userBus({ user, uid, env }: BusUser): Readonly<Record<string, string>> {
  const given = env.XDG_RUNTIME_DIR;
  // sudo and su may pass on another user's XDG_RUNTIME_DIR.
  const folder = given !== undefined && ownerOf(given) === uid ? given : `/run/user/${uid}`;
  if (!isThere(`${folder}/systemd/private`) && !isThere(`${folder}/bus`)) {
    throw new WnmError(
      `${user} has no systemd user instance running (nothing at ${folder}), and nodes of systemd+user need it; ` +
        `start it with: ${enableLinger(user)} && ${asRoot(`systemctl start user@${uid}.service`)}`,
    );
  }
  return { XDG_RUNTIME_DIR: folder, DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/bus` };
}

/** A finding if lingering is off: the user's systemd and nodes then end at logout and do not start at boot. loginctl(1). */
export function lingerFindings(user: string): readonly Finding[] {
  // logind doubles a backslash, as in DOMAIN\user.
  const name = user.replaceAll("\\", "\\\\");
  if (presenceOf(`/var/lib/systemd/linger/${name}`) !== "absent") return [];
  return [
    {
      key: "linger-off",
      severity: "warning",
      sentence: `Lingering is off for ${user}: the nodes end when ${user} logs out and do not come back at boot`,
      cure: enableLinger(user),
    },
  ];
}

const enableLinger = (user: string): string => asRoot(`loginctl enable-linger ${user}`);

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}
