import { statSync } from "node:fs";
import { WnmError } from "../errors.ts";
import { exists } from "../os/files.ts";

/** The user whose own systemd is wanted. */
export type BusUser = {
  readonly user: string;
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * The environment in which systemctl --user finds the user's systemd, also from cron, which sets nothing.
 * pam_systemd(8), sd_bus_default_user(3). Throws WnmError when this user has none.
 */
export function userBus({ user, uid, env }: BusUser): Readonly<Record<string, string>> {
  const given = env.XDG_RUNTIME_DIR;
  // sudo and su may hand down the folder of somebody else.
  const folder = given !== undefined && ownerOf(given) === uid ? given : `/run/user/${uid}`;
  if (!exists(`${folder}/systemd/private`) && !exists(`${folder}/bus`)) {
    throw new WnmError(
      `${user} has no systemd of their own running (nothing at ${folder}), and nodes of systemd+user need it; ` +
        `start it with: ${enableLinger(user)} && sudo systemctl start user@${uid}.service`,
    );
  }
  return { XDG_RUNTIME_DIR: folder, DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/bus` };
}

/** Without linger the user's systemd ends at logout, nodes and all, and is not started at boot. loginctl(1). */
export function lingerWarnings(user: string): readonly string[] {
  if (exists(`/var/lib/systemd/linger/${user}`)) return [];
  return [
    `Lingering is off for ${user}: the nodes end when ${user} logs out and do not come back at boot. Run: ${enableLinger(user)}`,
  ];
}

const enableLinger = (user: string): string => `sudo loginctl enable-linger ${user}`;

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}
