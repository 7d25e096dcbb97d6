import type { Database } from "bun:sqlite";
import { isUnknown, statAt, statBehind } from "../os/files/presence.ts";
import { realPath } from "../os/paths.ts";
import { BESIDE } from "./database-files.ts";
import { openAsItIs } from "./read-database.ts";

/** Tables whose rows do not make a colony: Python wnm fills alembic's before it stores any setting. */
const NO_CONTENT: ReadonlySet<string> = new Set(["alembic_version"]);

/**
 * True for the database of a failed --init: an empty file, or wnm's tables without rows. Settings make a colony, even
 * without nodes. False for anything unreadable, which may be a colony. Changes nothing.
 */
export function isLeftEmpty(typed: string): boolean {
  const path = realPath(typed);
  const behind = statBehind(path);
  if (behind === "absent" || isUnknown(behind) || !behind.found.isFile()) return false;
  if (behind.found.size === 0) return BESIDE.every((suffix) => holdsNothing(path + suffix));
  try {
    using db = openAsItIs(path);
    const tables = tablesOf(db);
    return tables.includes("machine") && tables.every((name) => NO_CONTENT.has(name) || hasNoRow(db, name));
  } catch {
    // The command that opens it reports the error.
    return false;
  }
}

/** True when an auxiliary file is missing or empty; otherwise it may be all that is left of a colony. */
function holdsNothing(path: string): boolean {
  const beside = statAt(path);
  return beside === "absent" || (!isUnknown(beside) && beside.found.isFile() && beside.found.size === 0);
}

const tablesOf = (db: Database): readonly string[] =>
  db
    .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
    .map(({ name }) => name);

const hasNoRow = (db: Database, table: string): boolean =>
  db.query(`SELECT 1 FROM "${table.replaceAll('"', '""')}"`).get() === null;
