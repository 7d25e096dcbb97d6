import type { Database } from "bun:sqlite";
import { READING_NAMES } from "../../software/readings.ts";
import { PYTHON_TABLES } from "./tables.ts";

/** Stored for a reading that is unknown: the columns of Python wnm may not be NULL. */
export const UNKNOWN = -1;

/** Stores 0 in Python wnm's columns for what is unknown, as it does itself: its reports add the columns up. */
export function clearUnknown(db: Database): void {
  const counts = READING_NAMES.filter((name) => PYTHON_TABLES.includes(`  ${name} INTEGER NOT NULL`));
  db.transaction(() => {
    for (const name of counts) db.run(`UPDATE node SET ${name} = 0 WHERE ${name} < 0`);
  }).immediate();
}
