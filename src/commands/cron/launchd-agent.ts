import { removeFile } from "../../os/files/own-text-file.ts";
import { presenceOf } from "../../os/files/presence.ts";
import type { World } from "../../os/world.ts";

/** What install.sh creates on macOS, in place of a line for cron. */
const LAUNCHD_LABEL = "wnm.every-minute";

/** Removes the agent of launchd, if there is one; returns its files. */
export async function removeLaunchdAgent(world: World): Promise<readonly string[]> {
  const [folder, domain] =
    world.uid === 0
      ? ["/Library/LaunchDaemons", "system"]
      : [`${world.home}/Library/LaunchAgents`, `gui/${world.uid}`];
  const path = `${folder}/${LAUNCHD_LABEL}.plist`;
  if (presenceOf(path) === "absent") return [];
  removeFile(path);
  // 3, 36, 113: it was not loaded. Last, because the agent may have started this very run.
  await world.run(["launchctl", "bootout", `${domain}/${LAUNCHD_LABEL}`], { accept: [3, 36, 113] });
  return [path];
}
