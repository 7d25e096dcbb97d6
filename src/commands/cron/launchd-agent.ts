import { removeFile } from "../../os/files/own-text-file.ts";
import { presenceOf } from "../../os/files/presence.ts";
import type { World } from "../../os/world.ts";

/** The launchd agent that install.sh creates on macOS instead of a cron entry. */
const LAUNCHD_LABEL = "wnm.every-minute";

/** Removes install.sh's launchd agent, if there is one; returns the files removed. */
export async function removeLaunchdAgent(world: World): Promise<readonly string[]> {
  const [folder, domain] =
    world.uid === 0
      ? ["/Library/LaunchDaemons", "system"]
      : [`${world.home}/Library/LaunchAgents`, `gui/${world.uid}`];
  const path = `${folder}/${LAUNCHD_LABEL}.plist`;
  if (presenceOf(path) === "absent") return [];
  removeFile(path);
  // Exit codes 3, 36, 113: it was not loaded. Last, because the agent may have started this very run.
  await world.run(["launchctl", "bootout", `${domain}/${LAUNCHD_LABEL}`], { accept: [3, 36, 113] });
  return [path];
}
