import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import { bytesOf } from "../../os/files/open-regular.ts";
import { isThere } from "../../os/files/presence.ts";
import { putInPlace } from "../../os/files/write-whole.ts";
import type { World } from "../../os/world.ts";
import { mentionsWnm, startsNothing } from "./cron-line.ts";
import { CRONTAB, editCrontab } from "./crontab.ts";
import { removeLaunchdAgent } from "./launchd-agent.ts";
import { CRON_PATH, containsOwnRun, startsOwnRun } from "./own-run.ts";
import { editSystemTables } from "./system-tables.ts";
import { removeSystemdTimer, timersThatStart } from "./systemd-timer.ts";
import type { TableEditor } from "./table-editor.ts";

/** What was changed in the crontabs. */
export type CronRemoval = {
  /** Lines that were removed. */
  readonly removed: readonly string[];
  /** Lines that still start wnm; they stay because they do other things too. */
  readonly starting: readonly string[];
  /** Lines that mention wnm but start no working run of this program; they stay. */
  readonly others: readonly string[];
  /** Paths of the copies made before editing. */
  readonly copies: readonly string[];
};

/**
 * Removes everything that starts this program for the colony every minute: install.sh's entry or timer, and lines in
 * this account's crontab and /etc/cron.d that do nothing but a working run of this executable. Every other line stays.
 * Copies a table next to the database before changing it. Idempotent. Throws WnmError when a line cannot be removed, in
 * which case cron still starts wnm.
 */
export async function removeCronEntries(world: World, database: string): Promise<CronRemoval> {
  const own = { program: realpathSync(process.execPath), home: world.home, database };
  const removed: string[] = [];
  const starting: string[] = [];
  const others: string[] = [];
  const copies: string[] = [];
  const withoutOwnLines = (text: string, where: string): string => {
    const kept: string[] = [];
    let [search, home] = [CRON_PATH, world.home];
    for (const bytes of text.split("\n")) {
      const line = Buffer.from(bytes, "latin1").toString("utf8");
      search = variableIn(line, "PATH") ?? search;
      home = variableIn(line, "HOME") ?? home;
      const tableOfLine = { names_account: where !== CRONTAB, search, home };
      const isOwn = startsOwnRun(line, tableOfLine, own);
      if (isOwn) removed.push(`${where}: ${line}`);
      else kept.push(bytes);
      if (!isOwn && containsOwnRun(line, tableOfLine, own)) starting.push(`${where}: ${line}`);
      else if (!isOwn && (mentionsWnm(line) || (!startsNothing(line) && line.includes(own.program))))
        others.push(`${where}: ${line}`);
    }
    return kept.join("\n");
  };
  const editor: TableEditor = {
    withoutOwnLines,
    keepCopy: (text, name) =>
      void copies.push(copyOf(text, `${dirname(database)}/${name}`, world.clock.now())),
  };
  if (world.platform === "darwin") removed.push(...(await removeLaunchdAgent(world)));
  else removed.push(...(await removeSystemdTimer(world)));
  await editCrontab(world, editor);
  editSystemTables(editor);
  // A timer of that name not made by install.sh is the operator's to remove.
  if (world.platform !== "darwin")
    starting.push(
      ...timersThatStart(world, own.program).map((path) => `${path}: systemctl disable --now wnm.timer`),
    );
  return { removed, starting, others, copies };
}

/** The value that a crontab line assigns to a variable, without quotes. See crontab(5). */
export const variableIn = (line: string, name: string): string | undefined =>
  new RegExp(`^\\s*["']?${name}["']?\\s*=\\s*(["']?)(.*?)\\1\\s*$`).exec(line)?.[2];

/** Writes a copy of a crontab next to the database, mode 0600; returns its path. Throws WnmError. */
function copyOf(text: string, stem: string, now: number): string {
  let path = `${stem}.${now}.bak`;
  for (let again = 1; isThere(path); again++) path = `${stem}.${now}.${again}.bak`;
  try {
    // Always the same name, so the next call overwrites what a killed one left.
    putInPlace(path, Buffer.from(text, "latin1"), { mode: 0o600, beside: `${stem}.bak.new` });
    if (bytesOf(path, "definition").toString("latin1") !== text) throw new Error("the copy differs");
  } catch (error) {
    throw new WnmError(
      `The crontab could not be copied to ${path}, so it was not changed and wnm may still start: ${messageOf(error)}`,
    );
  }
  return path;
}
