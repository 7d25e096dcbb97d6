import { readlinkSync } from "node:fs";
import { WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import { textOf } from "../../os/files/open-regular.ts";
import { removeFile } from "../../os/files/own-text-file.ts";
import { presenceOf } from "../../os/files/presence.ts";
import type { World } from "../../os/world.ts";

/** The comment that marks a timer written by install.sh --timer. */
const MARKED = /^#? ?wnm: put here by its install\.sh\s*$/m;
const TIMER = "wnm.timer";

/** Unit folders in which a timer may start this account's wnm: the system's for root, else the user's. */
const foldersOf = ({ home, uid }: World): readonly string[] =>
  uid === 0 ? ["/etc/systemd/system"] : [`${home}/.config/systemd/user`];

/** Enabled timers named wnm that install.sh made or whose service names this program. */
export const timersThatStart = (world: World, program: string): readonly string[] =>
  foldersOf(world)
    .filter((folder) => isEnabled(folder) && isOwn(folder, program))
    .map((folder) => `${folder}/${TIMER}`);

/** True when `systemctl enable` has made its link. */
function isEnabled(folder: string): boolean {
  try {
    return readlinkSync(`${folder}/timers.target.wants/${TIMER}`) !== "";
  } catch {
    return false;
  }
}

const isMarked = (path: string): boolean => MARKED.test(textOf(path, "definition") ?? "");

function isOwn(folder: string, program: string): boolean {
  const service = textOf(`${folder}/wnm.service`, "definition") ?? "";
  return isMarked(`${folder}/${TIMER}`) || service.includes(program);
}

/** Removes install.sh's timer and no other; returns the files removed. Throws WnmError when wnm would still be started. */
export async function removeSystemdTimer(world: World): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const folder of foldersOf(world)) {
    if (!isMarked(`${folder}/${TIMER}`)) continue;
    const scope = world.uid === 0 ? "--system" : "--user";
    const env =
      world.uid === 0
        ? {}
        : { env: { XDG_RUNTIME_DIR: world.env.XDG_RUNTIME_DIR ?? `/run/user/${world.uid}` } };
    try {
      // Without a running user systemd, removing the files is all that is needed.
      await world.run(["systemctl", scope, "disable", "--now", TIMER], { ...env, accept: [1, 4, 5] });
      for (const path of [`timers.target.wants/${TIMER}`, TIMER, "wnm.service"].map(
        (name) => `${folder}/${name}`,
      )) {
        if (presenceOf(path) === "absent") continue;
        removeFile(path);
        removed.push(path);
      }
      await world.run(["systemctl", scope, "daemon-reload"], { ...env, accept: [1] });
    } catch (error) {
      throw new WnmError(
        `The timer ${folder}/${TIMER} cannot be removed, so wnm may still start: ${messageOf(error)}; try: systemctl ${scope} disable --now ${TIMER}`,
      );
    }
  }
  return removed;
}
