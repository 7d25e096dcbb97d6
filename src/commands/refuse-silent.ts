import { dirname } from "node:path";
import { WnmError } from "../base/errors.ts";
import { silentShares } from "../os/files/silent-folders.ts";
import { expandHome, pathsFor } from "../os/paths.ts";
import type { World } from "../os/world.ts";
import type { Given } from "../settings/layers.ts";

/** Throws WnmError when a possible colony location is on a share that does not respond: reading it would never return. */
export const refuseSilentPlaces = (world: World): Promise<void> =>
  refuseSilent([world.home, pathsFor("sudo", world.platform, world.home).base]);

/** Throws WnmError when the requested database is on a share that does not respond. */
export async function refuseSilentDatabase(given: Given, { home }: World): Promise<void> {
  const text = given.get("dbpath")?.text.replace(/^sqlite:\/\/\//, "");
  if (text !== undefined && text !== "") await refuseSilent([dirname(expandHome(text, home))]);
}

async function refuseSilent(folders: readonly string[]): Promise<void> {
  const [silent] = await silentShares(folders);
  if (silent !== undefined)
    throw new WnmError(
      `${silent} is on a share that does not respond, so nothing was done. Restore its file server, or unmount the share (umount -l) and mount it again`,
    );
}
