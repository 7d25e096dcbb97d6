import type { Database } from "bun:sqlite";
import { canShareMemory } from "../os/files/shared-map.ts";

/**
 * Switches the database to WAL mode, except on a share without shared memory, where neither Python nor sqlite3 could open
 * it then.
 */
export function useLog(db: Database, path: string): void {
  if (hasLog(db)) return;
  if (canShareMemory(`${path}.map`)) db.run("PRAGMA journal_mode = WAL");
}

/** True for a database in WAL mode. */
export const hasLog = (db: Database): boolean =>
  db.query<{ journal_mode: string }, []>("PRAGMA journal_mode").get()?.journal_mode === "wal";
