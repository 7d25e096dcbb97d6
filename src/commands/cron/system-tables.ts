import { rmSync } from "node:fs";
import { WnmError } from "../../base/errors.ts";
import { messageOf } from "../../base/text.ts";
import { bytesOf } from "../../os/files/open-regular.ts";
import { isUnknown, namesAt } from "../../os/files/presence.ts";
import { putInPlace } from "../../os/files/write-whole.ts";
import { startsNothing } from "./cron-line.ts";
import type { TableEditor } from "./table-editor.ts";

const SYSTEM_TABLES = "/etc/cron.d";

/** Edits the crontabs in /etc/cron.d. Throws WnmError when a line that starts wnm cannot be removed. */
export function editSystemTables(editor: TableEditor): void {
  for (const name of systemTables()) editTable(name, editor);
}

/** The files in /etc/cron.d; none without permission to list them. Throws WnmError when listing fails otherwise. */
function systemTables(): readonly string[] {
  const names = namesAt(SYSTEM_TABLES);
  if (names === "absent" || (isUnknown(names) && names.denied)) return [];
  if (isUnknown(names))
    throw new WnmError(`${SYSTEM_TABLES} cannot be read, so wnm may still start from it: ${names.unknown}`);
  return names.found;
}

function editTable(name: string, { withoutOwnLines, keepCopy }: TableEditor): void {
  const path = `${SYSTEM_TABLES}/${name}`;
  let text: string;
  try {
    text = bytesOf(path, "definition").toString("latin1");
  } catch {
    // A crontab that this account may not read belongs to another account.
    return;
  }
  const kept = withoutOwnLines(text, path);
  if (kept === text) return;
  keepCopy(text, `cron.d-${name}`);
  // cron ignores names that begin with a dot.
  const beside = `${SYSTEM_TABLES}/.wnm-${name}.new`;
  try {
    if (kept.split("\n").every(startsNothing)) rmSync(path);
    else putInPlace(path, Buffer.from(kept, "latin1"), { mode: 0o644, beside });
  } catch (error) {
    throw new WnmError(
      `The line that starts wnm cannot be removed from ${path} (${messageOf(error)}); run: sudo wnm --release`,
    );
  }
}
