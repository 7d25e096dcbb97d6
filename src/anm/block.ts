import { closeSync, constants, openSync, rmSync, writeSync } from "node:fs";
import { Refused, WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import { textOf } from "../os/files/open-regular.ts";
import { isThere } from "../os/files/presence.ts";
import type { Log } from "../os/log.ts";
import { listProcesses, livingProcess, lookFor } from "../os/processes/identity.ts";
import type { World } from "../os/world.ts";
import { ANM } from "./paths.ts";

/** anm sleeps 45 s after each node it starts and works on several in one run. */
const PATIENCE_MS = 600_000;
const POLL_MS = 1_000;
const REPORT_MS = 30_000;

/**
 * Waits until anm's run has ended, then takes its block file, which prevents another run. Disposing of the result removes
 * the file. Throws Refused, with nothing changed, when anm does not end.
 */
export async function blockAnm(world: World, log: Log): Promise<Disposable> {
  for (let waited = 0; !takeBlock() || anmRuns(); waited += POLL_MS) {
    if (waited >= PATIENCE_MS) {
      releaseBlock();
      throw new Refused(
        `Nothing was changed: anm has been running for ${PATIENCE_MS / 1000} s (${ANM.block}).${leftover()}`,
      );
    }
    if (waited % REPORT_MS === 0) log.info(`waiting for anm's run to end (${ANM.block}).${leftover()}`);
    await world.clock.sleep(POLL_MS);
  }
  return { [Symbol.dispose]: releaseBlock };
}

const leftover = (): string =>
  anmRuns() || isOurs()
    ? ""
    : ` No anms.sh runs: if the file is left over from a crash, remove it: rm ${ANM.block}`;

const anmRuns = (): boolean =>
  (listProcesses() ?? []).some(({ argv }) =>
    argv.slice(0, 3).some((word) => word === "anms.sh" || word.endsWith("/anms.sh")),
  );

/** True when this run has the block file. Takes over that of a killed wnm. */
function takeBlock(): boolean {
  if (isOurs()) return true;
  removeLeftBlock();
  try {
    const { O_WRONLY, O_CREAT, O_EXCL } = constants;
    const fd = openSync(ANM.block, O_WRONLY | O_CREAT | O_EXCL, 0o644);
    writeSync(fd, ownText());
    closeSync(fd);
    return true;
  } catch (error) {
    if (isThere(ANM.block)) return false;
    throw new WnmError(
      `anm cannot be kept from running: ${ANM.block}: ${messageOf(error)}. Nothing was changed.`,
    );
  }
}

/** Removes the block file of a wnm that was killed; true when there was one. */
export function removeLeftBlock(): boolean {
  const [, pid, pid_started, boot_id] =
    /^wnm (\d+) (\d+) (\S+)/.exec(textOf(ANM.block, "settings") ?? "") ?? [];
  if (boot_id === undefined) return false;
  const recorded = { pid: Number(pid), pid_started: Number(pid_started), boot_id };
  if (lookFor(recorded, () => true).seen !== "ended") return false;
  rmSync(ANM.block, { force: true });
  return true;
}

function releaseBlock(): void {
  if (isOurs()) rmSync(ANM.block, { force: true });
}

const isOurs = (): boolean => textOf(ANM.block, "settings") === ownText();

function ownText(): string {
  const own = livingProcess(process.pid);
  return `wnm ${process.pid} ${own?.pid_started} ${own?.boot_id}\n`;
}
