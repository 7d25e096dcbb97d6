import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { WnmError } from "../base/errors.ts";
import { copyFile } from "../os/files/copy-file.ts";
import { bytesOf, textOf } from "../os/files/open-regular.ts";
import { isThere, namesIn } from "../os/files/presence.ts";
import { syncPath } from "../os/files/write-whole.ts";
import { ANM } from "./paths.ts";

/** anm's configuration: cron entry, settings, notes, and the units of its nodes. */
const anmFiles = (): readonly string[] => [
  ANM.cron,
  ANM.system,
  ANM.config,
  ANM.override,
  ANM.nodes,
  ANM.counters,
  ...namesIn(ANM.units)
    .filter((name) => /^antnode\d{4,}\.service$/.test(name))
    .map((name) => `${ANM.units}/${name}`),
];

const kept = (path: string): string => `${ANM.backup}${path}`;

/** Copies and verifies anm's files below ANM.backup (mode 0700). An earlier copy of a file that is gone is kept. */
export function backUpAnm(): void {
  mkdirSync(ANM.backup, { recursive: true, mode: 0o700 });
  for (const path of anmFiles()) {
    if (!isThere(path)) continue;
    mkdirSync(dirname(kept(path)), { recursive: true, mode: 0o700 });
    copyTo(path, kept(path));
  }
}

/** True when there is a backup to restore anm from. */
export const hasBackup = (): boolean => isThere(kept(ANM.cron));

/** Restores one file; false when nothing had changed. Throws WnmError when there is no copy. */
export function putBack(path: string): boolean {
  const copy = textOf(kept(path), "settings");
  if (copy === undefined) throw new WnmError(`There is no copy of ${path} in ${ANM.backup}`);
  if (textOf(path, "settings") === copy) return false;
  copyTo(kept(path), path);
  return true;
}

/** Backed-up units that still exist, although possibly changed. */
export const unitsKept = (): readonly string[] =>
  namesIn(kept(ANM.units))
    .map((name) => `${ANM.units}/${name}`)
    .filter(isThere);

function copyTo(from: string, to: string): void {
  // cron ignores names that contain a dot.
  const beside = `${to}.new`;
  rmSync(beside, { force: true });
  copyFile(from, beside);
  const { mode, uid, gid } = statSync(from);
  chmodSync(beside, mode & 0o7777);
  chownSync(beside, uid, gid);
  syncPath(beside);
  if (!bytesOf(beside, "settings").equals(bytesOf(from, "settings")))
    throw new WnmError(`${from} could not be copied to ${to}: the copy differs`);
  renameSync(beside, to);
  syncPath(dirname(to));
}
