import { accessSync, constants, mkdirSync } from "node:fs";
import { WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import { accountOf } from "../../os/account.ts";
import { asRoot } from "../../os/advice.ts";
import { elevation, NODE_ACCOUNT, runAs } from "../../os/elevation.ts";
import { isThere } from "../../os/files/presence.ts";
import type { Mode } from "../../os/paths.ts";
import type { World } from "../../os/world.ts";

/** Creates a colony's missing folders; in sudo mode the nodes' account must be able to traverse them. Throws WnmError. */
export async function createFolders(folders: readonly string[], mode: Mode, world: World): Promise<void> {
  for (const folder of new Set(folders)) {
    if (isThere(folder)) continue;
    if (mode === "user" || world.uid === 0) {
      createFolder(folder, mode === "user" ? 0o700 : 0o755);
    } else {
      const { asRoot } = elevation(world.uid, NODE_ACCOUNT);
      const owner = accountOf(world.uid)?.user ?? String(world.uid);
      await runAs(world.run, asRoot, ["install", "-d", "-o", owner, "-m", "0755", "--", folder]);
    }
  }
}

function createFolder(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { recursive: true, mode });
  } catch (error) {
    throw new WnmError(`The folder ${folder} cannot be created: ${messageOf(error)}`);
  }
}

/** Throws WnmError when this account may not write to the folder. */
export function refuseForeignFolder(folder: string, world: World): void {
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    const user = accountOf(world.uid)?.user ?? String(world.uid);
    throw new WnmError(
      `The folder ${folder} belongs to another account, so the colony's database cannot be kept there: run wnm as root, or change its owner: ${asRoot(`chown ${user} ${folder}`)}`,
    );
  }
}
